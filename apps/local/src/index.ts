export { type AuditedAttempt, type ProviderRequest, providerRequestFrom } from './audit/inputs.ts';
export { auditProvider, type ProviderAudit } from './audit/provider-audit.ts';
export type { Mismatch } from './audit/reconcile.ts';
export { slotUtilisation } from './audit/slot-utilisation.ts';
export { readAuditedAttempts, readProviderRequests } from './demo/read-audit.ts';
export type { FalSimSettings, RealFal } from './stack/start-provider.ts';
export { type Stack, type StackOptions, startStack } from './stack/start-stack.ts';
