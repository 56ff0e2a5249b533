import type { Database, Queryable } from '../../src/db/database.ts'
import { wholeName } from '../../src/db/month-statements.ts'
import { acceptInModel, claimInModel, settleInModel } from './model-outbox.ts'
import { resolveInModel, retryInModel } from './model-actions.ts'
import type { ModelAttempt, ModelFact, ModelMessage } from './model-rows.ts'
import { verifyChange } from './model-rows.ts'
import { releaseInModel, sweepInModel } from './model-sweep.ts'
import * as webhooks from './model-webhooks.ts'

/** The tables, as far as they decide anything. */
export interface Model {
  /** Virtual, in ms. */
  now: number
  readonly messages: Map<string, ModelMessage>
  readonly attempts: Map<string, ModelAttempt[]>
  /** By `message attempt status`. */
  readonly facts: Map<string, ModelFact>
  readonly wamids: Map<string, { messageId: string; attempt: number }>
  /** By `wamid status`. */
  readonly orphans: Map<string, webhooks.ModelOrphan>
  readonly paces: Map<string, number>
  readonly watermarks: Map<string, number>
}

export function createModel(): Model {
  return {
    now: 0,
    messages: new Map(),
    attempts: new Map(),
    facts: new Map(),
    wamids: new Map(),
    orphans: new Map(),
    paces: new Map(),
    watermarks: new Map(),
  }
}

/** Queues a message as intake does. */
export function queueInModel(model: Model, id: string, recipient: string, expiresAt: number): void {
  model.messages.set(id, {
    id,
    state: 'queued',
    fence: 0,
    attempts: 0,
    failures: 0,
    retries: 0,
    retriedThrough: 0,
    dueAt: model.now,
    expiresAt,
    leaseUntil: null,
    holdReason: null,
    phoneNumberId: null,
    recipient,
    wamid: null,
    duplicateSent: false,
    acceptedAt: null,
    sentAt: null,
    deliveredAt: null,
    deliveredImplied: false,
    readAt: null,
    hasFailedAt: false,
    errorCode: null,
    resolvedAs: null,
  })
  model.attempts.set(id, [])
}

/** Changes a message as an UPDATE does: nothing of it where the database would refuse it. */
export function change(message: ModelMessage, more: Partial<ModelMessage>): void {
  const before = { ...message }
  Object.assign(message, more)
  verifyChange(before, message)
}

export function attemptOf(model: Model, id: string, attempt: number): ModelAttempt | undefined {
  return model.attempts.get(id)?.find((one) => one.attempt === attempt)
}

type Run = (model: Model, parameters: readonly unknown[]) => unknown[]

/** What each of the service's statements does to the model, by its name. */
const STATEMENTS: Readonly<Record<string, Run>> = {
  'outbox.claim': claimInModel,
  'outbox.accept': acceptInModel,
  'outbox.settle': settleInModel,
  'sweep.due': sweepInModel,
  'gates.release_ungated': releaseInModel,
  'action.retry': retryInModel,
  'action.resolve': resolveInModel,
  // The model has the long way only: the short one has to come to the same.
  'webhook.raise_plain': () => [],
  'webhook.move_plain': () => [],
  'webhook.find_wamids': webhooks.findWamidsInModel,
  'webhook.insert_facts': webhooks.insertFactsInModel,
  'webhook.apply': webhooks.applyInModel,
  'webhook.mark_twice': webhooks.markTwiceInModel,
  'webhook.insert_orphans': webhooks.insertOrphansInModel,
  'webhook.take_orphans': webhooks.takeOrphansInModel,
  'webhook.watermark': webhooks.raiseWatermarkInModel,
  'webhook.insert_bodies': () => [],
}

/**
 * The model behind the seam of the real database: the service's own stores run over it, unchanged.
 *
 * @throws for a statement that the model does not know, and for a change that the database would refuse
 */
export function openModel(model: Model): Database {
  const queryable: Queryable = {
    query<Row>(statement: string | { name: string }, parameters: readonly unknown[] = []) {
      const name = wholeName(typeof statement === 'string' ? statement : statement.name)
      const run = STATEMENTS[name]
      if (run === undefined) throw new Error(`the model knows no statement ${name}`)
      return Promise.resolve(run(model, parameters) as Row[])
    },
  }
  const missing = (): never => {
    throw new Error('the model runs statements, and nothing else')
  }
  return {
    ...queryable,
    capabilities: { multipleProcesses: true },
    connections: missing,
    get kysely(): never {
      return missing()
    },
    get migrations(): never {
      return missing()
    },
    // The model works on one statement at a time, and none fails half-way.
    transaction: (work) => work(queryable),
    execute: missing,
    close: () => Promise.resolve(),
  }
}
