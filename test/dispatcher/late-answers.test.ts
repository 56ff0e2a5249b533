import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import type { SendResult } from '../../src/cloud-api/send-result.ts'
import type { Database } from '../../src/db/database.ts'
import { createDispatcher } from '../../src/dispatcher/dispatcher.ts'
import type { Dispatcher, Sender } from '../../src/dispatcher/dispatcher.ts'
import { createLogger } from '../../src/lib/logger.ts'
import { NUMBER, queueMessages } from '../support/messages.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'

const SOON = { timeout: 10_000 }
const ANSWERS: Record<string, SendResult> = {
  'that Meta took it': {
    kind: 'accepted',
    httpStatus: 200,
    wamid: 'wamid.late',
    waId: null,
    userId: null,
    messageStatus: null,
    response: {},
  },
  'that Meta never saw it': { kind: 'not_sent', reason: 'refused' },
}

describeEachMigratedDatabase('an answer', (open) => {
  let database: Database
  let dispatcher: Dispatcher | undefined
  beforeAll(async () => {
    database = await open()
  })
  afterEach(async () => {
    vi.restoreAllMocks()
    await dispatcher?.stop()
    for (const table of ['change_notes', 'whatsapp_messages', 'whatsapp_attempts'])
      await database.query(`delete from ${table} returning 1`)
  })
  afterAll(() => database.close())

  /** Whose calls are under way until they are answered. */
  const start = (sendMessage: Sender['sendMessage']): void => {
    const nothing = () => Promise.resolve()
    dispatcher = createDispatcher({
      database,
      sender: { sendMessage, canReach: () => Promise.resolve(true) },
      gateKeeper: {
        refresh: nothing,
        admit: () => ({ limit: 100, gatedTemplates: [] }),
        isClear: true,
        refused: nothing,
        accepted: nothing,
      },
      templateKeeper: { held: () => Promise.resolve(false), refused: nothing },
      rate: {
        take: (wanted) => Promise.resolve({ granted: wanted, waitMs: 0 }),
        giveBack: nothing,
        halve: nothing,
        pause: nothing,
      },
      logger: createLogger('silent'),
      phoneNumberId: NUMBER,
      businessAccountId: null,
      leaseOwner: 'test',
      leaseSeconds: 300,
      doubtWindowSeconds: 900,
      connections: 4,
      onlyTo: null,
      random: () => 0.5,
    })
    dispatcher.start()
  }
  const notes = () => database.query('select message_ids from change_notes')
  const endOf = async (id: string) => {
    const ended = () =>
      database.query(
        'select 1 from whatsapp_attempts where message_id = $1 and ended_at is not null',
        [id],
      )
    await expect.poll(ended, SOON).toHaveLength(1)
  }

  it.each(Object.entries(ANSWERS))(
    '%s is noted for the live stream where it comes a minute after its call began',
    async (_says, answer) => {
      const calls: ((result: SendResult) => void)[] = []
      start(() => new Promise((resolve) => calls.push(resolve)))
      const [id = ''] = await queueMessages(database, 1)
      await expect.poll(() => calls, SOON).toHaveLength(1)
      const now = performance.now.bind(performance)
      vi.spyOn(performance, 'now').mockImplementation(() => now() + 60_000)
      calls[0]?.(answer)
      await endOf(id)
      expect(await notes()).toEqual([{ message_ids: [id] }])
    },
  )

  it.each(Object.entries(ANSWERS))(
    '%s leaves no note where it comes at once',
    async (_, answer) => {
      start(() => Promise.resolve(answer))
      const [id = ''] = await queueMessages(database, 1)
      await endOf(id)
      expect(await notes()).toEqual([])
    },
  )
})
