import type { Estimate } from '@reelay/contract';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { estimateText } from '../output/show-estimate.ts';
import type { Session } from '../session.ts';

export function sayEstimate(session: Session, estimate: Estimate): ExitCode {
  session.document(estimate);
  session.say(estimateText(estimate, session.paint));
  if (estimate.verdict.status === 'failed') return EXIT.badInput;
  return estimate.rows.rejected > 0 ? EXIT.unfinishedRows : EXIT.ok;
}
