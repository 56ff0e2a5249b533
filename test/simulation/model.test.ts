import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { decideOutcome } from '../../src/dispatcher/decide-outcome.ts'
import { settleAttempt } from '../../src/dispatcher/settle-attempt.ts'
import { createRandom } from '../../src/emulator/random.ts'
import { createId } from '../../src/lib/uuid-v7.ts'
import { resolveMessage, RESOLUTIONS, retryMessage } from '../../src/message/action-store.ts'
import { releaseUngated } from '../../src/message/gate-store.ts'
import { callbackData } from '../../src/message/message.ts'
import { recordAcceptances, recordSettlements } from '../../src/message/outbox.ts'
import { sweepDue } from '../../src/message/sweep-store.ts'
import { applyOrphans, applyWebhooks } from '../../src/webhook/apply-webhooks.ts'
import { parseWebhook } from '../../src/webhook/parse-webhook.ts'
import type { AppliedStatus } from '../../src/webhook/plain-statuses.ts'
import { raiseWatermarks } from '../../src/webhook/webhook-store.ts'
import { claim, nextRecipient, NUMBER, queueMessages } from '../support/messages.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'
import { resultOf, webhookBody } from './meta-answers.ts'
import type { Behaviour } from './meta-answers.ts'
import { createModel, openModel, queueInModel } from './model-database.ts'
import { aligned, clearTables, dumpModel, dumpTables, shiftTimes } from './table-dump.ts'

const SEQUENCES = Number(process.env['AVISO_MODEL_SEQUENCES'] ?? 12)
const STEPS = 45
const MESSAGES = 3
const LEASE_SECONDS = 30
const WINDOW_SECONDS = 60
const EXPIRY_HOURS = 1
const ADVANCES_MS = [10_000, 30_000, 70_000, 700_000, 3_700_000]
const STATUSES = ['sent', 'delivered', 'read', 'failed', 'played', 'something_new']
const BEHAVIOURS: readonly Behaviour[] = [
  'accepts',
  'accepts',
  'accepts_and_answer_is_lost',
  'is_busy',
  'limits_pair',
  'refuses_token',
  'refuses_recipient',
  'fails_before_it',
]

/** Everything that may happen, one random step after the other, to the tables and to the model alike. */
describeEachMigratedDatabase('the model of the row store', (open) => {
  let database: Database
  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database.close())

  const run = async (seed: number): Promise<void> => {
    await clearTables(database)
    const random = createRandom(seed)
    const pick = <Item>(items: readonly Item[]): Item => items[random.int(items.length)] as Item
    const model = createModel()
    const modelDatabase = openModel(model)
    const both = [database, modelDatabase]
    let shiftedMs = 0
    const clock = async () => {
      const [row] = await database.query<{ ms: number }>(
        'select extract(epoch from clock_timestamp())::float8 * 1000 as ms',
      )
      model.now = (row?.ms ?? 0) + shiftedMs
    }
    await clock()
    const shared = nextRecipient()
    const ids: string[] = []
    for (let index = 0; index < MESSAGES; index += 1) {
      const recipient = index < 2 && random.int(3) === 0 ? shared : nextRecipient()
      const more = { recipient_phone: recipient }
      const [id = ''] = await queueMessages(database, 1, more, EXPIRY_HOURS)
      queueInModel(model, id, recipient, model.now + EXPIRY_HOURS * 3_600_000)
      ids.push(id)
    }
    const open: { id: string; attempt: number; failures: number }[] = []
    const wamidOf = (id: string, attempt: number) =>
      `wamid.${id}.${String(attempt)}${random.int(8) === 0 ? '.again' : ''}`

    const record = async (): Promise<string> => {
      if (open.length === 0) return 'nothing'
      const message = pick(open)
      if (random.int(4) > 0) open.splice(open.indexOf(message), 1)
      const behaviour = pick(BEHAVIOURS)
      const result = resultOf(behaviour, wamidOf(message.id, message.attempt))
      const { failures } = message
      const decision = decideOutcome({ result, failures, random: () => 0.5 })
      const entry = settleAttempt(message, result, decision, WINDOW_SECONDS * 1000)
      for (const db of both) {
        if (entry.kind === 'acceptance') await recordAcceptances(db, [entry.row])
        else await recordSettlements(db, [entry.row])
      }
      return `${behaviour} ${String(message.attempt)}`
    }
    const agree = async <Result>(work: (db: Database) => Promise<Result>): Promise<Result> => {
      const real = await work(database)
      expect(await work(modelDatabase)).toEqual(real)
      return real
    }
    const deliver = async (): Promise<string> => {
      const statuses = Array.from({ length: 1 + random.int(4) }, () => {
        const id = pick(ids)
        const attempt = 1 + random.int(3)
        return {
          id: wamidOf(id, attempt),
          status: pick(STATUSES),
          timestamp: String(1_750_000_001 + random.int(5)),
          recipient_id: '34600000000',
          errors: [{ code: 131026, title: 'Undeliverable' }],
          ...(random.int(3) > 0 && { biz_opaque_callback_data: callbackData(id, attempt) }),
        }
      })
      const parsed = parseWebhook(webhookBody(NUMBER, statuses))
      const items = parsed.statuses.map((status) => ({ kind: 'status' as const, status }))
      await agree(async (db) => {
        const { settled, twice, news, detour, ...report } = await applyWebhooks(db, items, createId)
        expect(detour).toBeUndefined()
        // In whatever order the statement came upon them.
        return {
          ...report,
          news: withoutTimes(news),
          settled: settled.toSorted(),
          twice: twice.toSorted(),
        }
      })
      return statuses.map(({ status }) => status).join()
    }
    const steps: Record<string, () => Promise<unknown>> = {
      claim: async () => {
        const claimed = await agree(async (db) => {
          const messages = await claim(db, 10, { leaseSeconds: LEASE_SECONDS })
          const views = messages.map(({ id, attempt, failures }) => ({ id, attempt, failures }))
          return views.sort((a, b) => (a.id < b.id ? -1 : 1))
        })
        open.push(...claimed)
        return claimed.length
      },
      record,
      recordMore: record,
      deliver,
      deliverMore: deliver,
      orphans: async () => {
        const all = random.int(2) === 0
        return agree(async (db) => {
          const { news, ...report } = await applyOrphans(db, all)
          return { ...report, news: withoutTimes(news) }
        })
      },
      sweep: async () => {
        const policy = random.int(2) === 0 ? 'hold' : 'resend'
        return agree((db) => sweepDue(db, WINDOW_SECONDS, policy))
      },
      release: () => agree(releaseUngated),
      flow: async () => {
        await raiseWatermarks(database, new Map([[NUMBER, new Date().toISOString()]]))
        await raiseWatermarks(modelDatabase, new Map([[NUMBER, new Date(model.now).toISOString()]]))
      },
      retry: async () => {
        const id = pick(ids)
        const target = { id, tenantId: null, actor: 'test', auditId: createId() }
        const renewal = {
          expiryHours: EXPIRY_HOURS,
          recipientPhone: model.messages.get(id)?.recipient ?? '',
          recipientInput: null,
          templateName: 'po_notification',
          templateLanguage: 'es',
          templateLanguageAsked: null,
          templateParameters: [],
        }
        return agree((db) => retryMessage(db, target, renewal))
      },
      resolve: async () => {
        const resolution = pick(RESOLUTIONS)
        const target = { id: pick(ids), tenantId: null, actor: 'test', auditId: createId() }
        return agree((db) => resolveMessage(db, target, resolution, EXPIRY_HOURS))
      },
      advance: async () => {
        const ms = pick(ADVANCES_MS)
        await shiftTimes(database, ms)
        shiftedMs += ms
        return ms
      },
    }
    const story: string[] = []
    for (let step = 0; step < STEPS; step += 1) {
      const name = pick(Object.keys(steps))
      await clock()
      story.push(`${name} ${JSON.stringify(await steps[name]?.())}`)
      await clock()
      const told = `seed ${String(seed)}: ${story.slice(-12).join(', ')}`
      const tables = await dumpTables(database)
      expect(aligned(dumpModel(model), tables), told).toEqual(tables)
      expect(await missedByLists(database), told).toEqual([])
    }
  }

  it('does what the statements do, whatever comes in whatever order', async () => {
    const first = Number(process.env['AVISO_MODEL_SEED'] ?? 1)
    for (let seed = first; seed < first + SEQUENCES; seed += 1) await run(seed)
  }, 240_000)
})

/** Pending and failed messages that stand in none of the indexes by which their list is read. */
function missedByLists(database: Database) {
  return database.query(
    `select id, state from whatsapp_messages
     where (status = 'PENDING' and due_at is null and not (state = 'sending'
         and exists (select 1 from send_leases where whatsapp_messages.id = any (message_ids))))
       or (status = 'FAILED' and failed_at is null and not needs_attention)`,
  )
}

/** The two clocks differ by what a statement takes. */
function withoutTimes(news: readonly AppliedStatus[]) {
  return news
    .map((status) => ({ ...status, acceptedAt: status.acceptedAt !== null }))
    .toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
}

function keyOf({
  messageId,
  attempt,
  item,
}: Pick<AppliedStatus, 'messageId' | 'attempt' | 'item'>) {
  return `${messageId} ${String(attempt)} ${item.status} ${item.wamid}`
}
