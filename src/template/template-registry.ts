import { setTimeout } from 'node:timers/promises'
import type { Database, Queryable } from '../db/database.ts'
import type { Logger } from '../lib/logger.ts'
import { createLoop } from '../lib/worker.ts'
import type { Worker } from '../lib/worker.ts'
import { findAccount } from './account-store.ts'
import { fitForOrders } from './choose-template.ts'
import type { OrderTemplate } from './choose-template.ts'
import { logChanges } from './log-changes.ts'
import type { CostOfChange } from './log-changes.ts'
import type { TemplateChange } from './merge-templates.ts'
import { ORDER_KEY } from './po-notification.ts'
import { syncTemplates } from './sync-templates.ts'
import type { SyncOptions, SyncOutcome, TemplateReader } from './sync-templates.ts'
import { listKeyedTemplates } from './template-store.ts'

export interface TemplateRegistryOptions extends Omit<SyncOptions, 'database' | 'reader'> {
  database: Database
  /** Null: this process never reads Meta's list, it sees what the others have read. */
  reader: TemplateReader | null
  logger: Logger
  costOfChange: CostOfChange
}

/**
 * What this process knows of Meta's templates. The truth is in the database, shared by all; the copy
 * here is at most a second old and only chooses: the claim asks the database again.
 */
export interface TemplateRegistry extends Worker {
  /** The templates that orders may use, the newest choice first; null before the first read. */
  forOrders(): readonly OrderTemplate[] | null
  /** The first look and the first read; resolves after `ms` at the latest. */
  ready(ms: number): Promise<void>
  /** Looks now whether something has changed. */
  wake(): void
  /** Reads Meta's list now, due or not. */
  sync(): Promise<SyncOutcome>
  /** What a webhook has changed: looked at at once, and logged, with an alert for what needs somebody. */
  noteChanges(changes: readonly TemplateChange[]): void
  /** Called after each change, and after the first read. */
  onChange(listener: () => void): void
}

const LOOK_MS = 1000

export function createTemplateRegistry(options: TemplateRegistryOptions): TemplateRegistry {
  const { database, reader, logger, businessAccountId } = options
  const listeners: (() => void)[] = []
  let orders: readonly OrderTemplate[] | null = null
  let version = ''
  let isFirst = true
  const stopped = createSignal()
  const firstTurn = createSignal()

  /** @returns whether a read is due */
  const look = async (): Promise<boolean> => {
    const account = await findAccount(database, businessAccountId)
    if (account === undefined) return true
    if (account.synced_at !== null && account.version !== version) {
      orders = await readOrderTemplates(database, businessAccountId)
      version = account.version
      for (const listener of listeners) listener()
    }
    return account.is_due
  }

  const sync = async (force: boolean): Promise<SyncOutcome> => {
    if (reader === null) return { kind: 'not_begun' }
    const outcome = await syncTemplates({ ...options, reader }, force, stopped.promise)
    report(outcome)
    if (outcome.kind === 'synced') await look()
    return outcome
  }

  const report = (outcome: SyncOutcome): void => {
    if (outcome.kind === 'synced') {
      const { changes, ...counts } = outcome
      logger.info({ ...counts, changed: changes.length }, 'WhatsApp templates.synced')
      logChanges(logger, changes, options.costOfChange)
    } else if (outcome.kind === 'failed') {
      const { reason, failures } = outcome
      logger.warn({ reason, failures }, 'WhatsApp templates.sync_failed')
    }
  }

  const loop = createLoop({
    name: 'templates',
    intervalMs: LOOK_MS,
    turn: async () => {
      try {
        const isDue = await look()
        const force = isFirst
        isFirst = false
        if (force || isDue) await sync(force)
      } finally {
        firstTurn.tell()
      }
    },
    onError: (error) => {
      logger.error({ err: error }, 'WhatsApp templates.look_failed')
    },
  })

  return {
    name: 'templates',
    forOrders: () => orders,
    async ready(ms) {
      loop.start()
      await Promise.race([firstTurn.promise, setTimeout(ms, undefined, { ref: false })])
    },
    start: () => loop.start(),
    async stop() {
      stopped.tell()
      await loop.stop()
    },
    wake: () => loop.wake(),
    sync: () => sync(true),
    noteChanges(changes) {
      logChanges(logger, changes, options.costOfChange)
      loop.wake()
    },
    onChange(listener) {
      listeners.push(listener)
    },
  }
}

/** The active templates of orders that an order can fill, the newest choice first. */
export async function readOrderTemplates(
  database: Queryable,
  businessAccountId: string,
): Promise<OrderTemplate[]> {
  return fitForOrders(await listKeyedTemplates(database, businessAccountId, ORDER_KEY))
}

function createSignal(): { promise: Promise<void>; tell: () => void } {
  let tell: () => void = () => undefined
  const promise = new Promise<void>((resolve) => {
    tell = resolve
  })
  return { promise, tell }
}
