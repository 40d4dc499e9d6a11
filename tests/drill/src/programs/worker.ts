/** A worker whose clock and failpoints are the drill's. */
import './clock-shift.ts';
import { readWorkerConfig, runWorker } from '@reelay/worker';
import { joinDrill } from './armed-world.ts';

const drill = joinDrill();
await runWorker(readWorkerConfig(), drill.world);
drill.ready();
