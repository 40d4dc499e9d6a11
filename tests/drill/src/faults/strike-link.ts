/** Faults of the ways between processes. Resolves when the way is open again. */
import type { Links, OwnLinks } from '../links.ts';
import type { Link } from '../proxy/link.ts';
import { type LinkState, OPEN } from '../proxy/link-state.ts';
import { pause } from '../wait.ts';
import { pickAt } from './pick-at.ts';
import type { PlannedFault } from './plan-faults.ts';

export type Note = (target: string, work: () => Promise<string | undefined>) => Promise<void>;

/** One link, or the same link of every process: what is between a store and everybody looks like a fault of the store. */
export function strikeLink(links: Links, fault: PlannedFault, note: Note): Promise<void> {
  const { name, members } = pickAt(linkGroups(links), fault.target);
  const { state, ms, text } = linkFault(fault);
  return note(name, async () => {
    await Promise.all(members.map((link) => link.set(state)));
    await pause(ms);
    await Promise.all(members.map((link) => link.set(OPEN)));
    return `${text} for ${Math.round(ms)} ms`;
  });
}

function linkGroups({ workers, apis, webhooks, callbacks, customers }: Links): { name: string; members: Link[] }[] {
  const of = (owners: readonly OwnLinks[], pick: (own: OwnLinks) => Link | null) =>
    owners.flatMap((own) => pick(own) ?? []);
  const singles = [
    ...of(workers, ({ postgres }) => postgres),
    ...of(workers, ({ redis }) => redis),
    ...of(workers, ({ fal }) => fal),
    ...of(apis, ({ postgres }) => postgres),
    ...of(apis, ({ redis }) => redis),
    webhooks,
    callbacks,
    customers,
  ];
  return [
    ...singles.map((link) => ({ name: link.name, members: [link] })),
    { name: 'workers → fal', members: of(workers, ({ fal }) => fal) },
    { name: 'workers → postgres', members: of(workers, ({ postgres }) => postgres) },
  ];
}

function linkFault({ kind, strength, way }: PlannedFault): { state: LinkState; ms: number; text: string } {
  const ms = 1_500 + strength * 6_000;
  switch (kind) {
    case 'link.cut':
      return { state: { kind: 'cut' }, ms: 500 + strength * 3_000, text: 'cut' };
    case 'link.freeze':
      return { state: { kind: 'frozen' }, ms, text: 'frozen' };
    case 'link.one_way': {
      const blocked = way < 0.5 ? 'up' : 'down';
      return { state: { kind: 'one_way', blocked }, ms, text: `nothing passes ${blocked}` };
    }
    case 'link.late': {
      const late = Math.round(50 + way * 400);
      return { state: { kind: 'late', ms: late }, ms, text: `${late} ms late` };
    }
    default:
      return { state: { kind: 'trickle', bytesPerSecond: 4_000 }, ms, text: '4 kB a second' };
  }
}
