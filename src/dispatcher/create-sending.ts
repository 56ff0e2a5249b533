import type { Database } from '../db/database.ts'
import type { Logger } from '../lib/logger.ts'
import type { Worker } from '../lib/worker.ts'
import type { OrderTemplate } from '../template/choose-template.ts'
import type { TemplateRegistry } from '../template/template-registry.ts'
import { createDispatcher } from './dispatcher.ts'
import type { Dispatcher, Sender } from './dispatcher.ts'
import { createGateKeeper } from './gate-keeper.ts'
import { prepareStart } from './prepare-start.ts'
import { createSendRate } from './send-rate.ts'
import { createSweeper } from './sweeper.ts'
import { createTemplateKeeper } from './template-keeper.ts'

export interface SendingOptions {
  database: Database
  sender: Sender
  registry: Pick<TemplateRegistry, 'forOrders' | 'onChange'>
  logger: Logger
  /** Whose leases these are: unique, and readable by a person. */
  owner: string
  phoneNumberId: string
  businessAccountId: string
  defaultLanguage: string
  settings: {
    enabled: boolean
    /** E.164; null: everybody. */
    onlyTo: readonly string[] | null
    /** What was held for longer while switched off waits for a person. */
    backlogMinutes: number
    leaseSeconds: number
    doubtWindowSeconds: number
    sweepSeconds: number
    /** Sends in flight at most. */
    connections: number
    /** Sends per second; 0: no limit. */
    maxMps: number
    inDoubt: 'hold' | 'resend'
  }
  /** Messages may have changed. */
  onChange: () => void
}

/** Everything that sends, put together; `prepare` runs once the database answers, before the start. */
export function createSending(options: SendingOptions): {
  dispatcher: Dispatcher
  sweeper: Worker & { wake(): void }
  prepare: () => Promise<void>
} {
  const { database, sender, registry, owner, logger, onChange } = options
  const { phoneNumberId, businessAccountId, defaultLanguage, settings } = options
  const { enabled, onlyTo, leaseSeconds, doubtWindowSeconds, connections } = settings
  const holding = { enabled, onlyTo, backlogMinutes: settings.backlogMinutes }
  const gateKeeper = createGateKeeper({ database, logger, phoneNumberId, enabled, onlyTo })
  const templateKeeper = createTemplateKeeper({
    database,
    logger,
    businessAccountId,
    defaultLanguage,
    forOrders: () => registry.forOrders(),
  })
  const dispatcher = createDispatcher({
    database,
    sender,
    gateKeeper,
    templateKeeper,
    rate: createSendRate({
      database,
      phoneNumberId,
      ratePerSecond: settings.maxMps,
      now: () => performance.now(),
    }),
    logger,
    phoneNumberId,
    businessAccountId,
    leaseOwner: owner,
    leaseSeconds,
    doubtWindowSeconds,
    connections,
    onlyTo,
    random: Math.random,
    onOutcome: onChange,
    replyButtons: (name, language) => quickReplies(registry.forOrders() ?? [], name, language),
  })
  const sweeper = createSweeper({
    database,
    gateKeeper,
    templateKeeper,
    logger,
    intervalSeconds: settings.sweepSeconds,
    doubtWindowSeconds,
    policy: settings.inDoubt,
    settings: holding,
    onBatch: () => {
      dispatcher.wake()
      onChange()
    },
  })
  registry.onChange(() => {
    templateKeeper.changed()
    sweeper.wake()
  })
  const prepare = async (): Promise<void> => {
    await prepareStart(database, { ...holding, phoneNumberId }, logger)
    await gateKeeper.refresh()
  }
  return { dispatcher, sweeper, prepare }
}

function quickReplies(
  templates: readonly OrderTemplate[],
  name: string,
  language: string,
): number[] {
  const template = templates.find((one) => one.template_name === name && one.language === language)
  return (template?.shape.buttons ?? []).flatMap(({ type }, place) =>
    type.toUpperCase() === 'QUICK_REPLY' ? [place] : [],
  )
}
