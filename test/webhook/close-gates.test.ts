import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { createLogger } from '../../src/lib/logger.ts'
import { closeGates } from '../../src/webhook/close-gates.ts'
import { claim, NUMBER, queueMessages } from '../support/messages.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'
import { statusItem } from '../support/statuses.ts'

describeEachMigratedDatabase('a failure that a webhook tells', (open) => {
  let database: Database
  let ids: string[]
  const asked: unknown[] = []
  beforeAll(async () => {
    database = await open()
    ids = await queueMessages(database, 3)
    await claim(database)
  })
  beforeEach(async () => {
    asked.length = 0
    await database.query('delete from send_gates')
  })
  afterAll(() => database.close())

  const tell = (codes: readonly string[], more: Parameters<typeof statusItem>[1] = {}) =>
    closeGates(
      {
        ...database,
        query(statement, parameters) {
          asked.push(statement)
          return database.query(statement, parameters)
        },
      },
      codes.map((code, index) => {
        const error = { code, title: 'x', detail: null }
        const metaAt = new Date().toISOString()
        const item = statusItem('w', { status: 'failed', metaAt, error, ...more })
        return { messageId: ids[index % ids.length] ?? '', attempt: 1, item }
      }),
      createLogger('silent'),
    )
  const gates = () =>
    database.query(
      `select scope, key, hold_reason as reason, error_code as code, probe_at is null as final
       from send_gates order by scope`,
    )

  it('closes the number once for all of a batch, under the code that was told', async () => {
    expect(await tell(Array.from({ length: 300 }, () => '222'))).toBe(true)
    expect(await gates()).toEqual([
      { scope: 'number', key: NUMBER, reason: 'token', code: '222', final: false },
    ])
    expect(asked).toHaveLength(2)
    expect(await tell(['131042'])).toBe(false)
  })

  it('closes a template, for good where Meta has disabled it', async () => {
    expect(await tell(['132016'])).toBe(true)
    expect(await gates()).toEqual([
      {
        ...{ scope: 'template', key: 'po_notification/es' },
        ...{ reason: 'template_disabled', code: '132016', final: true },
      },
    ])
  })

  it.each([
    ['is the message’s own', ['131026'], {}],
    ['is a code nobody knows', ['999999', 'unknown'], {}],
    ['is no failure', ['131042'], { status: 'sent' }],
    ['is older than an hour', ['131042'], { metaAt: '2026-01-01T00:00:00.000Z' }],
  ])('closes nothing, and asks nothing, where it %s', async (_what, codes, more) => {
    expect(await tell(codes, more)).toBe(false)
    expect(asked).toEqual([])
    expect(await gates()).toEqual([])
  })
})
