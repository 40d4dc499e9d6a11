export type { SimSummary } from './admin/summarize.ts';
export type { FaultName, FaultSetting, FaultSettings } from './faults/fault-table.ts';
export type { LedgerLine } from './ledger/ledger-line.ts';
export { sampleMp4 } from './sample-mp4.ts';
export type { SimOptions } from './sim-options.ts';
export type { RequestStatus } from './sim-request.ts';
export { type FalSim, startFalSim } from './start-fal-sim.ts';
