import { CliError, type ProblemDetail } from '../cli-error.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Paint } from './paint.ts';
import { printable } from './printable.ts';

const DETAILS_SHOWN_MAX = 10;

/** The lines that tell a person about an error: what, where exactly, which request, and what to do next. */
export function errorLines(error: unknown, paint: Paint): string[] {
  if (!(error instanceof CliError)) return [`${paint('red', 'error:')} ${printable(messageOf(error))}`];
  const { problem } = error;
  if (error.exitCode === EXIT.interrupted) return [[error.message, error.next].filter(Boolean).join(': ')];
  const details = (problem?.errors ?? []).filter(({ message }) => message !== error.message);
  const lines = [`${paint('red', 'error:')} ${problem ? `${problem.code}: ` : ''}${printable(error.message)}`];
  for (const detail of details.slice(0, DETAILS_SHOWN_MAX)) lines.push(`  ${detailLine(detail)}`);
  if (details.length > DETAILS_SHOWN_MAX) lines.push(`  … and ${details.length - DETAILS_SHOWN_MAX} more`);
  if (problem?.request_id) lines.push(paint('dim', `  request ${printable(problem.request_id)}`));
  if (error.next) lines.push(`${paint('bold', 'next:')} ${error.next}`);
  return lines;
}

/** The same for a program: the one JSON document that a command with --json writes when it fails. */
export function errorDocument(error: unknown): object {
  const exit_code = exitCodeOf(error);
  if (!(error instanceof CliError)) return { error: { code: 'failed', message: messageOf(error), exit_code } };
  const { problem } = error;
  return {
    error: {
      ...problem,
      code: problem?.code ?? codeOf(error.exitCode),
      message: error.message,
      ...(error.next === undefined ? {} : { next: error.next }),
      exit_code,
    },
  };
}

export function exitCodeOf(error: unknown): ExitCode {
  return error instanceof CliError ? error.exitCode : EXIT.failure;
}

export function detailLine({ line, column, pointer, value, message }: ProblemDetail): string {
  if (/^line \d/i.test(message)) return printable(message);
  const place = [line ? `line ${line}` : null, column ? `column ${column}` : null, line || column ? null : pointer]
    .filter((part) => part != null && part !== '')
    .join(', ');
  const shown =
    value === undefined || value === null || value === '' ? '' : ` (found ${shorten(JSON.stringify(value))})`;
  return printable(place === '' ? message : `${place}: ${message}`) + printable(shown);
}

const VALUE_SHOWN_MAX = 60;

function shorten(text: string): string {
  return text.length > VALUE_SHOWN_MAX ? `${text.slice(0, VALUE_SHOWN_MAX)}…` : text;
}

function codeOf(exitCode: ExitCode): string {
  return Object.entries(EXIT).find(([, code]) => code === exitCode)?.[0] ?? 'failed';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
