import { randomBytes } from 'node:crypto';
import type { Event } from '@reelay/contract';
import { InvalidArgumentError } from 'commander';
import { COMMAND } from '../command-name.ts';
import { type Forwarded, forwardEvent } from '../events/forward-event.ts';
import { newestNumber, readNewEvents } from '../events/read-new-events.ts';
import { printable } from '../output/printable.ts';
import type { Session } from '../session.ts';
import type { CommandFrame } from './command-frame.ts';
import { integerOption } from './option-parsers.ts';

interface ListenOptions {
  readonly forward: URL;
  readonly secret?: string;
  readonly after?: number;
}

const SECRET_BYTES = 32;

export function addListenCommand({ program, run }: CommandFrame): void {
  program
    .command('listen')
    .description("send the project's events, as they come, to a server of yours on this machine, signed like callbacks")
    .requiredOption('--forward <url>', 'where to, for instance http://localhost:3000/hook', urlOption)
    .option('--secret <whsec>', 'the secret to sign with; default: a new one, which is shown', secretOption)
    .option(
      '--after <number>',
      'begin behind this event; 0: with the first one; default: the newest',
      integerOption(0, Number.MAX_SAFE_INTEGER),
    )
    .action((options: ListenOptions, command) => run(command, (session) => listen(session, options)));
}

async function listen(session: Session, { forward: url, ...options }: ListenOptions): Promise<never> {
  const { client, io } = session;
  const { secret = `whsec_${randomBytes(SECRET_BYTES).toString('base64')}` } = options;
  const after = options.after ?? (await newestNumber(client));
  session.say(`forwarding what comes after event ${after} to ${url.href}; Ctrl-C ends it`);
  if (options.secret === undefined) session.say(`signed with ${secret}: give your server this secret`);
  for await (const event of readNewEvents(client, { after, signal: io.signal })) {
    const forwarded = await forwardEvent(event, { url, secret, signal: io.signal });
    session.document({ seq: event.seq, id: event.payload.id, type: event.payload.type, ...forwarded });
    session.say(lineOf(session, event, forwarded));
  }
  throw new Error('the event log does not end');
}

/** A failed one is not sent again: somebody is looking, and may ask for it. */
function lineOf({ paint }: Session, { seq, payload }: Event, { status, durationMs, error }: Forwarded): string {
  const what = `${seq}  ${payload.type}  ${payload.id}`;
  if (status !== null && status >= 200 && status < 300)
    return `${what}  ${paint('green', String(status))} in ${durationMs} ms`;
  const why = status === null ? printable(error ?? 'no answer') : String(status);
  return `${what}  ${paint('red', why)}; again with "${COMMAND} listen --after ${seq - 1} --forward ..."`;
}

function urlOption(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new InvalidArgumentError('give a whole address, like http://localhost:3000/hook');
  }
  return url;
}

/** 24 to 64 bytes, as Standard Webhooks has it. */
function secretOption(text: string): string {
  const base64 = /^whsec_([A-Za-z0-9+/]+=*)$/.exec(text)?.[1] ?? '';
  const { length } = Buffer.from(base64, 'base64');
  if (length < 24 || length > 64) throw new InvalidArgumentError('give whsec_ and 24 to 64 bytes in base64');
  return text;
}
