export { type ApiConfig, readConfig as readApiConfig } from './config.ts';
export { runApi } from './run.ts';
export { type ApiOptions, type RunningApi, startApi } from './start-api.ts';
