/** A fault proxy on every way between two processes. */
import { type Link, openLink } from './proxy/link.ts';

/** What one worker or API process sees of the others. */
export interface OwnLinks {
  readonly postgres: Link;
  readonly redis: Link | null;
  readonly fal: Link;
}

export interface Links {
  readonly workers: readonly OwnLinks[];
  readonly apis: readonly OwnLinks[];
  /** fal → API, in turn. */
  readonly webhooks: Link;
  /** Workers → the customers' endpoints. */
  readonly callbacks: Link;
  /** Customer → API, in turn. */
  readonly customers: Link;
  all(): Link[];
}

interface Ports {
  readonly postgres: number;
  readonly redis: number | null;
  readonly fal: number;
  readonly apis: readonly number[];
  readonly sink: number;
}

export const PROCESSES_OF_A_KIND = 2;

export async function openLinks(ports: Ports): Promise<Links> {
  const workers = await Promise.all(numbers().map((n) => openOwn(`worker ${n}`, ports)));
  const apis = await Promise.all(numbers().map((n) => openOwn(`api ${n}`, ports)));
  const webhooks = await openLink('fal → api', ports.apis);
  const callbacks = await openLink('workers → customers', [ports.sink]);
  const customers = await openLink('customer → api', ports.apis);
  const all = () => [
    ...[...workers, ...apis].flatMap((own) => [own.postgres, own.fal, ...(own.redis ? [own.redis] : [])]),
    webhooks,
    callbacks,
    customers,
  ];
  return { workers, apis, webhooks, callbacks, customers, all };
}

export function numbers(): number[] {
  return Array.from({ length: PROCESSES_OF_A_KIND }, (_, i) => i + 1);
}

async function openOwn(name: string, ports: Ports): Promise<OwnLinks> {
  return {
    postgres: await openLink(`${name} → postgres`, [ports.postgres]),
    redis: ports.redis === null ? null : await openLink(`${name} → redis`, [ports.redis]),
    fal: await openLink(`${name} → fal`, [ports.fal]),
  };
}
