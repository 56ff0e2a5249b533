import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { SendResult } from '../../src/cloud-api/send-result.ts'
import type { Database } from '../../src/db/database.ts'
import { decideOutcome } from '../../src/dispatcher/decide-outcome.ts'
import { settleAttempt } from '../../src/dispatcher/settle-attempt.ts'
import { createId } from '../../src/lib/uuid-v7.ts'
import { callbackData } from '../../src/message/message.ts'
import { recordAcceptances, recordSettlements } from '../../src/message/outbox.ts'
import type { ClaimedMessage } from '../../src/message/outbox.ts'
import { sweepDue } from '../../src/message/sweep-store.ts'
import { applyWebhooks } from '../../src/webhook/apply-webhooks.ts'
import { parseWebhook } from '../../src/webhook/parse-webhook.ts'
import { claim, NUMBER, queueMessages, rowOf } from '../support/messages.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'

/** What Meta does with a call. */
type Meta =
  | 'accept'
  | 'accept_and_lose'
  | 'accept_and_502'
  | 'lose'
  | 'refuse_later'
  | 'refuse'
  | 'unreachable'
/** Where the process dies. */
type Crash = 'never' | 'before_call' | 'before_write'
/** What becomes of the webhooks of an accepted call. */
type Webhooks = 'late' | 'before_write' | 'twice_shuffled' | 'never'

interface Script {
  calls: { meta: Meta; crash: Crash }[]
  webhooks: Webhooks
}

const scriptOf: fc.Arbitrary<Script> = fc.record({
  calls: fc.array(
    fc.record({
      meta: fc.constantFrom<Meta>(
        'accept',
        'accept_and_lose',
        'accept_and_502',
        'lose',
        'refuse_later',
        'refuse',
        'unreachable',
      ),
      crash: fc.constantFrom<Crash>('never', 'never', 'before_call', 'before_write'),
    }),
    { minLength: 1, maxLength: 5 },
  ),
  webhooks: fc.constantFrom<Webhooks>('late', 'before_write', 'twice_shuffled', 'never'),
})

/** Meta as the message sees it: what was accepted is counted, and told by webhook later or never. */
function createMeta(script: Script) {
  const accepted: { wamid: string; callback: string }[] = []
  let calls = 0
  const rejected = (code: number, httpStatus: number): SendResult => ({
    kind: 'rejected',
    httpStatus,
    error: { code, subcode: null, title: 'x', details: null, isTransient: false, fbtraceId: null },
    retryAfterMs: null,
    response: {},
  })
  const lost = (httpStatus: number | null): SendResult => ({
    kind: 'in_doubt',
    reason: 'lost',
    httpStatus,
    response: null,
  })
  return {
    accepted,
    next: () => script.calls[calls] ?? { meta: 'accept' as const, crash: 'never' as const },
    call(message: ClaimedMessage): SendResult {
      const { meta } = this.next()
      calls += 1
      if (meta === 'accept' || meta === 'accept_and_lose' || meta === 'accept_and_502') {
        const wamid = `wamid.${message.id}.${String(message.attempt)}`
        accepted.push({ wamid, callback: callbackData(message.id, message.attempt) })
        if (meta === 'accept_and_lose') return lost(null)
        if (meta === 'accept_and_502') return lost(502)
        return {
          kind: 'accepted',
          httpStatus: 200,
          wamid,
          waId: null,
          userId: null,
          messageStatus: null,
          response: {},
        }
      }
      if (meta === 'lose') return lost(null)
      if (meta === 'refuse_later') return rejected(131016, 500)
      if (meta === 'refuse') return rejected(131026, 400)
      return { kind: 'not_sent', reason: 'refused' }
    },
    skip: () => {
      calls += 1
    },
  }
}

describeEachMigratedDatabase('crash simulation', (open) => {
  let database: Database
  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database.close())

  /** All leases end, all windows close, all retries are due. */
  const passTime = async () => {
    await database.query('delete from recipient_pace returning 1', [])
    await database.query(
      `update whatsapp_messages set due_at = clock_timestamp() - interval '1 second', lease_until = clock_timestamp() - interval '1 second'
       where due_at is not null and due_at < 'infinity' returning 1`,
      [],
    )
  }
  /** Other messages of the number have got statuses since: silence now means something. */
  const webhooksFlow = () =>
    database.query(
      `insert into webhook_watermarks (phone_number_id, newest_meta_at) values ($1, clock_timestamp() + interval '1 day')
       on conflict (phone_number_id) do update set newest_meta_at = excluded.newest_meta_at returning 1`,
      [NUMBER],
    )
  const deliver = async (accepted: { wamid: string; callback: string }[], words: string[]) => {
    const statuses = accepted.flatMap(({ wamid, callback }) =>
      words.map((status) => ({
        id: wamid,
        status,
        timestamp: '1750000001',
        biz_opaque_callback_data: callback,
      })),
    )
    const value = { metadata: { phone_number_id: NUMBER }, statuses }
    const parsed = parseWebhook({ entry: [{ changes: [{ field: 'messages', value }] }] })
    await applyWebhooks(
      database,
      parsed.statuses.map((status) => ({ kind: 'status', status })),
      createId,
    )
  }

  it('accepts each message at most once, loses none, and settles every doubt whose webhook comes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(scriptOf, { minLength: 20, maxLength: 40 }), async (scripts) => {
        const ids = await queueMessages(database, scripts.length)
        const worlds = new Map(
          ids.map((id, index) => {
            const script = scripts[index] ?? { calls: [], webhooks: 'late' as const }
            return [id, { script, meta: createMeta(script) }]
          }),
        )

        for (let round = 0; round < 7; round += 1) {
          const late: (() => Promise<void>)[] = []
          for (const message of await claim(database)) {
            const world = worlds.get(message.id)
            if (world === undefined) continue
            const { crash } = world.meta.next()
            if (crash === 'before_call') {
              world.meta.skip()
              continue
            }
            const result = world.meta.call(message)
            if (world.script.webhooks === 'before_write')
              await deliver(world.meta.accepted, ['sent'])
            if (crash === 'before_write') continue
            const decision = decideOutcome({
              result,
              failures: message.failures,
              random: () => 0.5,
            })
            const entry = settleAttempt(message, result, decision, 900_000)
            late.push(async () => {
              if (entry.kind === 'acceptance') await recordAcceptances(database, [entry.row])
              else await recordSettlements(database, [entry.row])
            })
          }
          for (const write of late) await write()
          if (round === 3) {
            for (const { script, meta } of worlds.values()) {
              if (script.webhooks === 'late') await deliver(meta.accepted, ['sent', 'delivered'])
              if (script.webhooks === 'twice_shuffled') {
                await deliver(meta.accepted, ['delivered', 'sent', 'delivered'])
                await deliver(meta.accepted, ['sent'])
              }
            }
          }
          await passTime()
          await sweepDue(database, 900, 'hold')
        }
        await webhooksFlow()
        await passTime()
        await sweepDue(database, 900, 'hold')

        for (const [id, { script, meta }] of worlds) {
          expect(meta.accepted.length, `acceptances of ${id}`).toBeLessThanOrEqual(1)
          const row = await rowOf(database, id)
          const state = String(row['state'])
          expect(['claimed', 'sending', 'in_doubt']).not.toContain(state)
          if (meta.accepted.length === 1 && script.webhooks !== 'never') {
            expect(['sent', 'delivered', 'accepted']).toContain(state)
            expect(row['whatsapp_message_id']).toBe(meta.accepted[0]?.wamid)
          }
          // Undecided is seen by a person; nothing rests silently.
          if (state === 'unconfirmed') expect(row['needs_attention']).toBe(true)
          if (meta.accepted.length === 0)
            expect(['queued', 'unconfirmed', 'failed', 'expired']).toContain(state)
        }
        await database.query(
          `update whatsapp_messages set state = 'canceled', error_code = 'canceled', due_at = null where state = 'queued' returning 1`,
          [],
        )
        await database.query('delete from webhook_watermarks returning 1', [])
      }),
      { numRuns: 12 },
    )
  })
})
