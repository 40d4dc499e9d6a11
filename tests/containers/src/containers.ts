/** Containers as the engine sees them: to be killed, to come back, to be looked into. */
import { runProgram } from './run-program.ts';
import type { Stack } from './stack.ts';
import { until } from './until.ts';

export interface Container {
  readonly id: string;
  readonly name: string;
  readonly service: string;
}

export interface Inspected {
  readonly Id: string;
  readonly Name: string;
  readonly State: { readonly Running: boolean; readonly Health?: { readonly Status: string } };
  readonly Config: { readonly User: string; readonly Env: readonly string[]; readonly Labels: Record<string, string> };
  readonly HostConfig: {
    readonly ReadonlyRootfs: boolean;
    readonly CapDrop: readonly string[] | null;
    readonly Memory: number;
    readonly PidsLimit: number | null;
    readonly SecurityOpt: readonly string[] | null;
  };
}

export async function inspectAll({ compose }: Stack): Promise<Inspected[]> {
  const ids = (await compose('ps', '--all', '--quiet')).split('\n').filter(Boolean);
  return JSON.parse(await runProgram('docker', ['inspect', ...ids])) as Inspected[];
}

/** Those that run on; the step that migrates has ended. */
export async function listRunning(stack: Stack): Promise<Container[]> {
  const all = await inspectAll(stack);
  return all
    .filter(({ State }) => State.Running)
    .map(({ Id, Name, Config }) => ({
      id: Id,
      name: Name.replace(/^\/[^-]*-[^-]*-/, ''),
      service: Config.Labels['com.docker.compose.service'] ?? '',
    }))
    .sort((a, b) => a.name.localeCompare(b.name));
}

/**
 * docker kill, and docker start once it is dead: the engine takes a kill by hand for a wish and restarts nothing by itself.
 * Returns milliseconds from the start until its own health check passes.
 */
export async function killAndStart({ id, name }: Container): Promise<number> {
  await runProgram('docker', ['kill', id]);
  await until(`${name} to be dead`, async () => !(await inspect(id)).State.Running);
  const startedAtMs = performance.now();
  await runProgram('docker', ['start', id]);
  await until(`${name} to be healthy`, async () => (await inspect(id)).State.Health?.Status === 'healthy');
  return Math.round(performance.now() - startedAtMs);
}

async function inspect(id: string): Promise<Inspected> {
  const [found] = JSON.parse(await runProgram('docker', ['inspect', id])) as Inspected[];
  if (!found) throw new Error(`the engine knows no container ${id}`);
  return found;
}
