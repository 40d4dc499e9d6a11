import path from 'node:path';
import { Option } from 'commander';
import { saveExport } from '../batches/save-export.ts';
import { EXIT } from '../exit-codes.ts';
import type { CommandFrame } from './command-frame.ts';

const RESULT_FORMATS = ['csv', 'ndjson'] as const;
type ResultFormat = (typeof RESULT_FORMATS)[number];

interface ResultsOptions {
  readonly output: string;
  readonly format?: ResultFormat;
  readonly status?: string;
}

export function addFileCommands({ program, run }: CommandFrame): void {
  program
    .command('results <batch>')
    .description('write one row per job, its input and its output merged; also while the batch runs')
    .requiredOption('-o, --output <file>', 'where to; - is the standard output')
    .addOption(new Option('--format <format>', "default: by the file's name, else csv").choices(RESULT_FORMATS))
    .option('--status <status>', 'only jobs in this status')
    .action((batch: string, options: ResultsOptions, command) =>
      run(command, async (session) => {
        const format = options.format ?? formatOf(options.output);
        await saveExport(session, options.output, `/v1/batches/${encodeURIComponent(batch)}/results`, {
          format,
          status: options.status,
        });
        return EXIT.ok;
      }),
    );
  program
    .command('errors <batch>')
    .description('write the rejected rows as they were, with what is wrong: fix them and import the file again')
    .requiredOption('-o, --output <file>', 'where to; - is the standard output')
    .action((batch: string, options: { output: string }, command) =>
      run(command, async (session) => {
        await saveExport(session, options.output, `/v1/batches/${encodeURIComponent(batch)}/errors.csv`, {});
        return EXIT.ok;
      }),
    );
}

function formatOf(file: string): ResultFormat {
  return ['.ndjson', '.jsonl'].includes(path.extname(file).toLowerCase()) ? 'ndjson' : 'csv';
}
