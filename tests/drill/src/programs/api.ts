/** An API whose clock and failpoints are the drill's. */
import './clock-shift.ts';
import { readApiConfig, runApi } from '@reelay/api';
import { joinDrill } from './armed-world.ts';

const drill = joinDrill();
await runApi(readApiConfig(), drill.world);
drill.ready();
