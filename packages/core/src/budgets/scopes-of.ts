/**
 * Which budgets a job counts in, and how a person names them. Budgets nest: whatever a job spends counts in its batch,
 * the key that it was asked for with, its project and the deployment. `budget_scopes` in the database says the same.
 */
export interface BudgetOwner {
  readonly project_id: string;
  readonly api_key_id: string | null;
  readonly batch_id: string | null;
}

export const DEPLOYMENT_SCOPE = 'deployment';
export const projectScope = (projectId: string) => `project:${projectId}`;
export const keyScope = (apiKeyId: string) => `key:${apiKeyId}`;
export const batchScope = (batchId: string) => `batch:${batchId}`;

/** Outermost first. */
export function scopesOf(job: BudgetOwner): string[] {
  return [
    DEPLOYMENT_SCOPE,
    projectScope(job.project_id),
    ...(job.api_key_id === null ? [] : [keyScope(job.api_key_id)]),
    ...(job.batch_id === null ? [] : [batchScope(job.batch_id)]),
  ];
}

/** `total` never ends; the others are windows of UTC: calendar months and days, full hours. */
export const BUDGET_PERIODS = ['total', 'month', 'day', 'hour'] as const;
export type BudgetPeriod = (typeof BUDGET_PERIODS)[number];
