import path from 'node:path';
import type { Estimate } from '@reelay/contract';
import { Option } from 'commander';
import { FILE_FORMATS, uploadFile } from '../batches/upload-file.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { Session } from '../session.ts';
import type { CommandFrame } from './command-frame.ts';
import { adviseMapping, type ImportOptions, importQuery } from './import-command.ts';
import { defaultOption, integerOption, mapOption, type Pair, usdOption } from './option-parsers.ts';
import { sayEstimate } from './say-estimate.ts';

export interface EstimateOptions extends ImportOptions {
  readonly resolution?: string;
  readonly set?: readonly Pair[];
}

export function addEstimateCommand({ program, run }: CommandFrame): void {
  program
    .command('estimate <file>')
    .description('what a CSV or NDJSON file would cost; nothing is stored or started')
    .option('--resolution <resolution>', 'as if every row asked for it, such as 720p')
    .option('--set <key=value>', 'as if every row had this value; repeatable', defaultOption)
    .addOption(new Option('--format <format>', "the file's format; default: by its name").choices(FILE_FORMATS))
    .option('--model <id>', 'the model that runs the rows')
    .addOption(new Option('--mode <mode>', 'strict: one bad row refuses the file').choices(['strict', 'best_effort']))
    .option('--default <key=value>', 'value for a field that a row leaves empty; repeatable', defaultOption)
    .option('--map <column=field>', "read column as field; an empty field ignores it: --map 'Notes='", mapOption)
    .option('--max-attempts <n>', 'how often fal may run and fail a job', integerOption(1, 10))
    .addOption(new Option('--on-unknown <policy>', 'as for import').choices(['review', 'resubmit']))
    .option('--unknown-budget <usd>', 'as for import', usdOption)
    .action((file: string, options: EstimateOptions, command) =>
      run(command, (session) => showEstimate(session, file, options)),
    );
}

async function showEstimate(session: Session, file: string, options: EstimateOptions): Promise<ExitCode> {
  const estimate = await uploadFile<Estimate>(session.client, {
    path: '/v1/estimates',
    file: path.resolve(session.io.cwd, file),
    format: options.format,
    query: estimateQuery(file, options),
    signal: session.io.signal,
  }).catch(adviseMapping);
  return sayEstimate(session, estimate);
}

export function estimateQuery(file: string, options: EstimateOptions): URLSearchParams {
  const query = importQuery(file, options);
  const pairs = [...(options.set ?? []), ...(options.resolution ? [['resolution', options.resolution] as const] : [])];
  for (const [key, value] of pairs) query.set(`overrides[${key}]`, value);
  return query;
}
