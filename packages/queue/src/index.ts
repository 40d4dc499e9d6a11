export { chooseBackend, prepareBackend, type QueueBackend } from './backend.ts';
export { createTaskConsumer, type TaskConsumer, type TaskConsumerOptions, type TaskVerdict } from './consumer.ts';
export { createTaskProducer, TASK_NAMES } from './producer.ts';
export { TASKS, type TaskName, type TaskPayload, type TaskProducer } from './tasks.ts';
