export const BATCH_STATES = ['running', 'paused', 'stopped', 'canceled', 'done'] as const
export type BatchState = (typeof BATCH_STATES)[number]
