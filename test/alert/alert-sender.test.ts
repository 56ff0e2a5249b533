import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { createAlertSender } from '../../src/alert/alert-sender.ts'
import type { Alert } from '../../src/alert/build-alert.ts'
import { verifySignature } from '../../src/cloud-api/signature.ts'
import type { Database } from '../../src/db/database.ts'
import { findFreePort } from '../support/free-port.ts'
import { queueMessages } from '../support/messages.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'

const SECRET = 'a-secret-of-the-operator'

describeEachMigratedDatabase('the operator’s address', (open) => {
  let database: Database
  const calls: { raw: string; signature: string | undefined }[] = []
  let answer = 200
  const operator = createServer((request, response) => {
    void text(request).then((raw) => {
      calls.push({ raw, signature: request.headers['x-aviso-signature-256'] as string | undefined })
      response.writeHead(answer).end()
    })
  })
  const log: string[] = []
  const logger = pino({}, { write: (line) => void log.push(line) })

  beforeAll(async () => {
    database = await open()
    operator.listen(0, '127.0.0.1')
    await once(operator, 'listening')
  })
  afterAll(async () => {
    operator.close()
    await database.close()
  })
  beforeEach(async () => {
    calls.length = 0
    log.length = 0
    answer = 200
    await database.query(
      'update alert_state set told_through = clock_timestamp(), failures = 0 returning 1',
    )
    await database.query('delete from whatsapp_messages returning 1')
  })

  const hook = () =>
    `http://127.0.0.1:${String((operator.address() as AddressInfo).port)}/hook?token=t0k3n`
  /** As if everything that there is had come two minutes ago. */
  const pass = async () => {
    for (const [table, column] of [
      ['whatsapp_messages', 'updated_at'],
      ['alert_state', 'told_through'],
    ]) {
      await database.execute(
        `update ${String(table)} set ${String(column)} = ${String(column)} - interval '2 minutes'`,
      )
    }
  }
  /** One look of a process of its own. */
  const turn = async (url = hook()) => {
    const sender = createAlertSender({
      database,
      logger,
      url,
      secret: SECRET,
      intervalSeconds: 3600,
    })
    sender.start()
    await sender.stop()
  }
  const look = async (url?: string) => {
    await pass()
    await turn(url)
  }
  const told = () => calls.map(({ raw }) => JSON.parse(raw) as Alert)
  const failed = (count: number, code: string) =>
    queueMessages(database, count, { state: 'failed', error_code: code, error_message: 'refused' })

  it('is told once of everything, by reason, with what to do, and signed', async () => {
    const ids = await failed(7, '131026')
    await queueMessages(database, 2, { state: 'held', hold_reason: 'token' })
    await queueMessages(database, 3)
    await look()
    const [alert] = told()
    expect(calls).toHaveLength(1)
    expect(alert).toMatchObject({ total: 9 })
    expect(alert?.groups.map(({ state, reason, count }) => [state, reason, count])).toEqual([
      ['failed', '131026', 7],
      ['held', 'token', 2],
    ])
    const [first] = alert?.groups ?? []
    expect(first?.remedy).toMatch(/WhatsApp/)
    expect(first?.examples).toHaveLength(5)
    expect(ids).toContain(first?.examples[0]?.message_id)
    expect(alert?.text).toMatch(
      /^Aviso: 9 messages need attention\.\n7 × failed: Message Undeliverable \(131026\)\. /,
    )
    expect(calls[0]?.raw).not.toContain('+346')
    const { raw = '', signature } = calls[0] ?? {}
    expect(verifySignature(Buffer.from(raw), signature, [SECRET])).toBe(true)
  })

  it('is not called again for what it was told of, nor where there is nothing', async () => {
    await look()
    expect(calls).toEqual([])
    await failed(1, '131026')
    await look()
    await database.query('update alert_state set told_through = clock_timestamp() returning 1')
    await look()
    expect(calls).toHaveLength(1)
  })

  it('that does not take the call is called again with the same, and the log says nothing of its path', async () => {
    await failed(2, '131026')
    answer = 500
    await look()
    expect(log.join('')).toContain('it answered 500')
    answer = 204
    await look()
    expect(told().map(({ total }) => total)).toEqual([2, 2])
    await failed(1, '131026')
    await look(`http://127.0.0.1:${String(await findFreePort())}/hook?token=t0k3n`)
    expect(log.join('')).toContain('ECONNREFUSED')
    expect(log.join('')).not.toContain('t0k3n')
  })

  it('is called by one process, however many look', async () => {
    await failed(1, '131026')
    await pass()
    await Promise.all([turn(), turn(), turn()])
    expect(calls).toHaveLength(1)
  })

  it('is told of what Meta has dropped, and not of a doubt that a webhook may still settle', async () => {
    const [dropped = '', doubtful = ''] = await queueMessages(database, 2)
    await database.query(
      `update whatsapp_messages set state = 'sending', fence = 1, attempts = 1 where id = $1 returning 1`,
      [doubtful],
    )
    await database.query(
      `update whatsapp_messages set state = 'in_doubt' where id = $1 returning 1`,
      [doubtful],
    )
    await database.query(
      `insert into webhook_gaps (message_id, kind, tenant_id, wamid, accepted_at, found_at)
       select id, 'undelivered', tenant_id, 'wamid.x', created_at, clock_timestamp() - interval '1 minute'
       from whatsapp_messages where id = $1 returning 1`,
      [dropped],
    )
    await look()
    expect(told().flatMap(({ groups }) => groups.map(({ title }) => title))).toEqual([
      'not delivered within Meta’s time',
    ])
    await database.query('delete from webhook_gaps returning 1')
  })
})
