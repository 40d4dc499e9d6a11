import type { Command } from 'commander';
import type { ExitCode } from '../exit-codes.ts';
import { type CliIo, type GlobalOptions, openSession, type Session } from '../session.ts';

/** What a group of commands is given to add itself to the program. */
export interface CommandFrame {
  readonly program: Command;
  /** Runs an action with a session made from the command's global options, and keeps the exit code it returns. */
  run(command: Command, action: (session: Session) => Promise<ExitCode>): Promise<void>;
}

export function makeCommandFrame(program: Command, io: CliIo, finish: (code: ExitCode) => void): CommandFrame {
  return {
    program,
    run: async (command, action) => {
      finish(await action(await openSession(io, command.optsWithGlobals<GlobalOptions>())));
    },
  };
}
