import { expect, it } from 'vitest'
import { startApp } from '../../src/app.ts'
import type { App } from '../../src/app.ts'
import { openPostgresPools } from '../../src/db/postgres.ts'
import { openEmulator } from '../../src/emulator/emulator.ts'
import { createLogger } from '../../src/lib/logger.ts'
import { callbackData } from '../../src/message/message.ts'
import { callApi } from '../support/call-api.ts'
import { createMigratedDatabase } from '../support/migrated-database.ts'
import { describeWith } from '../support/describe-with.ts'
import { nextRecipient } from '../support/messages.ts'
import { orderEvent } from '../support/orders.ts'
import { CREDENTIALS, testConfig } from '../support/test-config.ts'

const ORDERS = 40
const ACTS = 25
/** Slow enough for messages to wait, so that there is something to cancel. */
const RATE = 20
/** How Meta treats an order's first sends; what comes after them is read. */
const FATES = [
  ['refuse', 'fail', 'refuse'],
  ['sent_then_fail', 'fail'],
  ['refuse', 'failed_then_delivered'],
  ['fail', 'refuse', 'failed_then_delivered', 'refuse'],
] as const
const SETTLED = ['delivered', 'read', 'failed', 'canceled']

interface Row {
  id: string
  state: string
  retries: number
  fence: number
  whatsapp_message_id: string | null
}
interface Attempt {
  message_id: string
  attempt: number
  outcome: string
  wamid: string | null
  /** Meta has said of it that it failed. */
  failed: boolean
}
interface Audit {
  message_id: string
  action: string
  from: string
}

describeWith('postgres', 'people, dispatchers and webhooks at the same messages', (postgres) => {
  it.each(['early', 'duplicated'] as const)(
    'never send twice, cancel what goes, or lose an action (webhooks %s)',
    async (fate) => {
      const { adminUrl, prefix } = postgres()
      const url = await createMigratedDatabase(adminUrl, prefix)
      const emulator = await openEmulator({
        ...CREDENTIALS,
        seed: 7,
        maxMps: 0,
        pairLimit: false,
        statusDelays: { sentMs: 1, deliveredMs: 40, readMs: 5 },
      })
      emulator.control.setWebhooks({ fate })
      const config = testConfig(emulator.url, { maxMps: RATE })
      const start = () => startApp(config, openPostgresPools(url), createLogger('silent'))
      const first = await start()
      const apps = [first, await start()] as const
      await emulator.setWebhookUrl(`${apps[1].url}/api/v1/whatsapp/webhook`)
      const sql = <T>(text: string) => first.databases.api.query<T>(text, [])
      const pace = endPaces(first)
      try {
        const done = await Promise.all(
          Array.from({ length: ORDERS }, async (_, index) => {
            const to = nextRecipient()
            for (const behaviour of FATES[index % FATES.length] ?? []) {
              emulator.control.script({ behaviour, code: 131026, to, times: 1 })
            }
            const body = orderEvent(index, { supplier_phone: to })
            const { body: answer } = await callApi(first.url, '/api/v1/events', { body })
            return actAtOnce(String(answer['message_id']), apps, index % 4 === 3 ? 3 : ACTS)
          }),
        )
        await expect
          .poll(
            () =>
              sql(`select id, state from whatsapp_messages
                 where state not in (${SETTLED.map((state) => `'${state}'`).join(', ')})`),
            { timeout: 60_000, interval: 100 },
          )
          .toEqual([])
        await emulator.control.settled()

        const rows = await sql<Row>(
          'select id, state, retries, fence, whatsapp_message_id from whatsapp_messages',
        )
        const attempts = await sql<Attempt>(
          `select a.message_id, a.attempt, a.outcome, a.wamid, exists (
           select 1 from whatsapp_status_facts f
           where f.message_id = a.message_id and f.attempt = a.attempt and f.status = 'failed') as failed
         from whatsapp_attempts a order by a.message_id, a.attempt`,
        )
        const audits = await sql<Audit>(
          `select message_id, action, detail ->> 'from' as from from audit_log
         where message_id is not null order by message_id, at`,
        )
        expect(rows).toHaveLength(ORDERS)
        expect([...emulator.control.duplicates('callback_data')]).toEqual([])
        for (const row of rows) {
          const own = attempts.filter(({ message_id }) => message_id === row.id)
          const acted = audits.filter(({ message_id }) => message_id === row.id)
          const count = (action: string) => acted.filter((one) => one.action === action).length
          const answered = done.find(({ id }) => id === row.id)
          // What was answered with 202 was done, once; and what was done was answered so.
          expect({ retry: count('retry'), cancel: count('cancel') }).toEqual(answered?.taken)
          expect(row.retries).toBe(count('retry'))
          for (const { action, from } of acted) {
            expect(action === 'retry' ? ['failed', 'canceled'] : ['queued', 'claimed']).toContain(
              from,
            )
          }
          // Each send is one attempt, and there is none that nobody asked for.
          expect(own.map(({ attempt }) => attempt)).toEqual(own.map((_, index) => index + 1))
          expect(own.length).toBe(row.fence)
          expect(own.length).toBeLessThanOrEqual(1 + row.retries)
          const accepted = emulator.control
            .accepted({ callbackPrefix: `1.${row.id}.` })
            .map((message) => message.callbackData)
          expect(
            own
              .filter(({ outcome }) => outcome === 'accepted')
              .map(({ attempt }) => callbackData(row.id, attempt)),
          ).toEqual(accepted)
          // Never twice: what Meta has taken and not said to have failed stands alone, and is the last.
          const alive = own.filter(({ outcome, failed }) => outcome === 'accepted' && !failed)
          expect(alive.map(({ attempt }) => attempt)).toEqual(
            row.state === 'read' ? [row.fence] : [],
          )
          expect([null, ...own.map(({ wamid }) => wamid)]).toContain(row.whatsapp_message_id)
          if (row.state === 'canceled') expect(acted.at(-1)?.action).toBe('cancel')
        }
        expect(audits.map(({ action }) => action)).toEqual(
          expect.arrayContaining(['retry', 'cancel']),
        )
      } finally {
        pace.stop()
        await Promise.all(apps.map((app) => app.stop()))
        await emulator.close()
      }
    },
    120_000,
  )
})

/** Three people who do not know of each other, each at a process of its own choice. */
async function actAtOnce(id: string, apps: readonly [App, App], retries: number) {
  const taken = { retry: 0, cancel: 0 }
  const act = async (action: 'retry' | 'cancel', app: App, turns: number): Promise<void> => {
    for (let turn = 0; turn < turns; turn += 1) {
      const path = `/api/v1/whatsapp/messages/${id}/${action}`
      const { status, body } = await callApi(app.url, path, { method: 'POST' })
      if (status === 202) taken[action] += 1
      else expect([status, body['code']]).toEqual([409, 'invalid_state'])
    }
  }
  await Promise.all([
    act('retry', apps[0], retries),
    act('retry', apps[1], retries),
    act('cancel', apps[1], ACTS),
  ])
  return { id, taken }
}

/** As if the six seconds of each recipient were over at once. */
function endPaces(app: App): { stop: () => void } {
  const running = { on: true }
  const loop = async (): Promise<void> => {
    while (running.on) await app.databases.api.query('delete from recipient_pace returning 1', [])
  }
  void loop().catch(() => undefined)
  return {
    stop: () => {
      running.on = false
    },
  }
}
