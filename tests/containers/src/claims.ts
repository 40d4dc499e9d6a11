/** What must be true of the stack when every container has died once: judged by fal-sim's ledger, our database and the engine. */
import { connectDb, type Db } from '@reelay/db';
import { auditLedger } from '@reelay/engine';
import { auditProvider, type ProviderRequest, providerRequestFrom, readAuditedAttempts } from '@reelay/local';
import { type Container, inspectAll } from './containers.ts';
import { DEMO } from './settings.ts';
import type { Stack } from './stack.ts';

export interface Claim {
  readonly text: string;
  readonly figures: string;
  /** Empty: it holds. */
  readonly offenders: readonly string[];
}

export interface Strike {
  readonly container: Container;
  readonly healthyAfterMs: number;
  readonly succeededAfter: number;
}

export async function judge(stack: Stack, batchId: string, strikes: readonly Strike[]): Promise<Claim[]> {
  const db = connectDb({ url: stack.databaseUrl, maxConnections: 2, applicationName: 'reelay-containers' });
  try {
    return [
      checkStrikes(strikes),
      await checkJobs(db, batchId),
      ...(await checkMoney(db, stack)),
      await checkLimits(db),
      await checkLedger(db),
      await checkHardening(stack),
      await checkSecrets(stack),
    ];
  } finally {
    await db.close();
  }
}

function checkStrikes(strikes: readonly Strike[]): Claim {
  return {
    text: 'every container was killed once, was healthy again, and jobs went on to succeed after it',
    figures: strikes.map(({ container, healthyAfterMs }) => `${container.name} ${healthyAfterMs} ms`).join(', '),
    offenders: [
      ...(strikes.length >= 7 ? [] : [`only ${strikes.length} were killed`]),
      ...strikes.filter((one) => one.succeededAfter === 0).map((one) => `nothing after ${one.container.name}`),
    ],
  };
}

async function checkJobs(db: Db, batchId: string): Promise<Claim> {
  const rows = await db.prisma.job.groupBy({ by: ['status'], where: { batch_id: batchId }, _count: true });
  const counts = new Map(rows.map(({ status, _count }) => [String(status), _count]));
  const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const open = (counts.get('queued') ?? 0) + (counts.get('active') ?? 0);
  return {
    text: `every row of the file is one job, and every job has ended or waits for a person`,
    figures: [...counts].map(([status, count]) => `${count} ${status}`).join(', '),
    offenders: [
      ...(all === DEMO.rows ? [] : [`${all} jobs of ${DEMO.rows} rows`]),
      ...(open === 0 ? [] : [`${open} have not ended`]),
    ],
  };
}

async function checkMoney(db: Db, { falSimUrl }: Stack): Promise<Claim[]> {
  const requests = await readProvider(falSimUrl);
  const audit = auditProvider(requests, await readAuditedAttempts(db));
  const { accepted, billedNanoUsd } = audit.provider;
  const { _sum: sum } = await db.prisma.ledgerEntry.aggregate({
    where: { kind: { in: ['charge', 'orphan_charge', 'adjust'] } },
    _sum: { amount_nano_usd: true },
  });
  const charged = sum.amount_nano_usd ?? 0n;
  const explained = charged + audit.unresolved.providerBilledNanoUsd;
  return [
    {
      text: 'fal accepted no job again before it had told how the last time failed, and nothing without a job',
      figures: `${accepted} accepted`,
      offenders: [
        ...(accepted > 0 ? [] : ['nothing was accepted']),
        ...audit.doubles.map(([first, second]) => `${first}, then ${second}`),
        ...audit.withoutJob,
      ],
    },
    {
      text: 'what is charged is what fal billed, to the nano-dollar; what nobody can know yet is held',
      figures: `$${usd(charged)} charged, $${usd(billedNanoUsd)} billed, ${audit.unresolved.attempts} unresolved hold $${usd(audit.unresolved.reservedNanoUsd)}`,
      offenders: [
        ...(explained === billedNanoUsd ? [] : [`$${usd(billedNanoUsd - explained)} of the bill is unexplained`]),
        ...audit.mismatches.map((mismatch) => Object.values(mismatch).join(' ')),
      ],
    },
  ];
}

async function readProvider(falSimUrl: string): Promise<ProviderRequest[]> {
  const answer = await fetch(`${falSimUrl}/_sim/ledger`);
  const lines = (await answer.text()).split('\n').filter(Boolean);
  return lines.map((line) => providerRequestFrom(JSON.parse(line)));
}

async function checkLimits(db: Db): Promise<Claim> {
  const budgets = await db.prisma.budget.findMany();
  const limited = budgets.filter(({ limit_nano_usd: limit }) => limit !== null);
  return {
    text: 'no cap is overspent',
    figures: limited
      .map((one) => `${one.scope.split(':')[0]} $${usd(one.charged_nano_usd)} of $${usd(one.limit_nano_usd ?? 0n)}`)
      .join(', '),
    offenders: [
      ...(limited.length > 0 ? [] : ['there is no cap']),
      ...limited
        .filter((one) => one.reserved_nano_usd + one.charged_nano_usd > (one.limit_nano_usd ?? 0n))
        .map(({ scope }) => scope),
    ],
  };
}

async function checkLedger(db: Db): Promise<Claim> {
  const { checks, seal } = await auditLedger({ db });
  return {
    text: 'every balance derives again from the ledger, and its seal holds',
    figures: `${checks.length} checks, ${seal.entries} entries sealed`,
    offenders: checks.filter(({ faults }) => faults.length > 0).map(({ claim }) => claim),
  };
}

async function checkHardening(stack: Stack): Promise<Claim> {
  const all = await inspectAll(stack);
  return {
    text: 'every container is read-only, not root, without capabilities, and bounded',
    figures: `${all.length} containers`,
    offenders: all.flatMap(({ Name, Config, HostConfig }) => {
      const isHard =
        HostConfig.ReadonlyRootfs &&
        /^[1-9]/.test(Config.User) &&
        (HostConfig.CapDrop ?? []).includes('ALL') &&
        (HostConfig.SecurityOpt ?? []).some((option) => option.startsWith('no-new-privileges')) &&
        HostConfig.Memory > 0 &&
        (HostConfig.PidsLimit ?? 0) > 0;
      return isHard ? [] : [Name];
    }),
  };
}

async function checkSecrets(stack: Stack): Promise<Claim> {
  const secrets = stack.secrets().filter((secret) => secret.length >= 16);
  const logs = await stack.compose('logs', '--no-color');
  const inspected = JSON.stringify((await inspectAll(stack)).map(({ Config }) => Config));
  const shown = secrets.filter((secret) => logs.includes(secret) || inspected.includes(secret));
  return {
    text: 'no secret is in a log or in what the engine tells of a container',
    figures: `${secrets.length} secrets, ${logs.length} characters of logs`,
    offenders: [...(logs.length > 0 ? [] : ['there are no logs']), ...shown.map((_, n) => `secret ${n + 1}`)],
  };
}

function usd(nanoUsd: bigint): string {
  return (Number(nanoUsd) / 1e9).toFixed(4);
}
