export { createLogger, LOG_LEVELS, type Logger, type LoggerOptions, type LogLevel } from './logger.ts';
export { onStopSignal } from './on-signal.ts';
export { ConfigError, parseConfig } from './parse-config.ts';
export { REDACTED_PATHS, redactText } from './redaction.ts';
export { createShutdown, type Shutdown, ShutdownTimeout } from './shutdown.ts';
