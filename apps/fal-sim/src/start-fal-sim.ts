import { type AdminVerbs, buildAdminVerbs } from './admin/admin-verbs.ts';
import { buildApp } from './build-app.ts';
import { SimClock } from './clock.ts';
import { FaultDice } from './faults/fault-dice.ts';
import { parseFaultTable } from './faults/fault-table.ts';
import { Ledger } from './ledger/ledger.ts';
import { LedgerFile } from './ledger/ledger-file.ts';
import { ChangeWatch } from './runs/change-watch.ts';
import { Runner } from './runs/runner.ts';
import { resolveOptions, type SimOptions, type SimSettings } from './sim-options.ts';
import { SigningKeys } from './webhooks/signing-keys.ts';
import { WebhookPoster } from './webhooks/webhook-poster.ts';
import { WebhookSender } from './webhooks/webhook-sender.ts';
import type { World } from './world.ts';

export interface FalSim extends AdminVerbs {
  readonly url: string;
  readonly jwksUrl: string;
  /** Takes the place of https://api.fal.ai/v1. */
  readonly platformUrl: string;
  close(): Promise<void>;
}

/** Starts a simulator in this process; with `stateDir` it carries on from what an earlier one left there. */
export async function startFalSim(options: SimOptions = {}): Promise<FalSim> {
  const settings = resolveOptions(options);
  const ledger = await openLedger(settings.stateDir);
  const closing = new AbortController();
  const poster = new WebhookPoster();
  const world = buildWorld(settings, ledger, poster, closing.signal);
  const verbs = buildAdminVerbs(world);
  const app = buildApp(world, verbs);
  const url = await app.listen({ port: settings.port, host: settings.host });
  carryOn(world);
  return {
    ...verbs,
    url,
    jwksUrl: `${url}/.well-known/jwks.json`,
    platformUrl: `${url}/_host/api/v1`,
    close: async () => {
      closing.abort();
      world.clock.stop();
      poster.close();
      await app.close();
      await ledger.close();
    },
  };
}

async function openLedger(stateDir: string | undefined): Promise<Ledger> {
  if (stateDir === undefined) return new Ledger();
  const { file, events } = await LedgerFile.open(stateDir);
  return new Ledger(file, events);
}

function buildWorld(settings: SimSettings, ledger: Ledger, poster: WebhookPoster, closing: AbortSignal): World {
  const clock = new SimClock(settings.speed, ledger.state.lastSimMs);
  const dice = new FaultDice(settings.seed, parseFaultTable(settings.faults));
  const keys = new SigningKeys(settings.seed, ledger.state.keyRotations);
  const webhooks = new WebhookSender({ settings, clock, dice, ledger, keys, poster });
  const changes = new ChangeWatch();
  const runner = new Runner({
    settings,
    clock,
    dice,
    ledger,
    changes,
    onFinished: (request, options) => webhooks.deliver(request, options),
  });
  return { settings, clock, dice, ledger, runner, changes, webhooks, keys, closing };
}

/** Finishes what a crash interrupted: requests run (again), undelivered callbacks are tried from the first try on. */
function carryOn({ ledger, runner, webhooks }: World): void {
  const all = [...ledger.requests()];
  runner.resume(all.filter((request) => !request.outcome));
  for (const request of all) {
    if (request.outcome && request.webhookEnd === null) void webhooks.deliver(request, { atOnce: false });
  }
}
