/** Everything that the checks judge, collected when the system has come to rest. */
import type { AuditedAttempt, ProviderRequest } from '@reelay/local';
import type { Hit } from './faults/arm-failpoints.ts';
import type { PlannedFault } from './faults/plan-faults.ts';
import type { Journal } from './journal.ts';
import type { Customers, Load } from './load/send-load.ts';
import type { Steering } from './load/steer.ts';
import type { DrillOptions } from './parse-options.ts';
import type { Stage } from './stage.ts';
import type { OpenWork } from './watch/open-work.ts';
import type { SeenOutcomes } from './watch/outcomes.ts';
import type { SeenProvider } from './watch/provider.ts';
import type { SeenResources } from './watch/resources.ts';

export interface History {
  readonly options: DrillOptions;
  readonly stage: Stage;
  readonly load: Load;
  readonly steering: Steering;
  readonly customers: Customers;
  readonly journal: Journal;
  readonly planned: readonly PlannedFault[];
  readonly hits: readonly Hit[];
  readonly ledger: readonly ProviderRequest[];
  readonly attempts: readonly AuditedAttempt[];
  readonly outcomes: SeenOutcomes;
  readonly provider: SeenProvider;
  readonly resources: SeenResources;
  /** What was still open when the wait for rest was over. */
  readonly left: OpenWork;
  readonly restedMs: number;
}
