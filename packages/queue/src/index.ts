export { TASKS, type TaskName, type TaskPayload, type TaskProducer } from './tasks.ts';
