/** A drill that did not do what it says proves nothing: every failpoint was hit, every kind of fault struck. */

import { faultKinds } from '../faults/fault-kinds.ts';
import { FAILPOINT_NAMES } from '../faults/plan-failpoints.ts';
import type { History } from '../history.ts';
import { type Claim, claim } from './claim.ts';
import { countKinds } from './count-kinds.ts';

export function checkAllStruck({ hits, journal, options }: History): Claim[] {
  const hit = new Set(hits.map(({ name }) => name));
  const struck = new Set(journal.entries.filter(({ endedAtMs }) => endedAtMs !== null).map(({ kind }) => kind));
  const kinds = faultKinds(options.backend);
  return [
    claim(
      'drill',
      'every failpoint was hit',
      `${hits.length} hits of ${FAILPOINT_NAMES.length} failpoints: ${countKinds(hits.map(({ action }) => action))}`,
      FAILPOINT_NAMES.filter((name) => !hit.has(name)),
    ),
    claim(
      'drill',
      'every kind of fault struck and was over',
      `${journal.entries.length} faults of ${kinds.length} kinds`,
      [
        ...kinds.filter((kind) => !struck.has(kind)),
        ...journal.entries.flatMap(({ kind, target, note }) =>
          note?.startsWith('did not') ? [`${kind} of ${target} ${note}`] : [],
        ),
      ],
    ),
  ];
}
