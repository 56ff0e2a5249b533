import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { createId } from '../../src/lib/uuid-v7.ts'
import { applyItems } from '../../src/webhook/apply-webhooks.ts'
import type { WebhookItem } from '../../src/webhook/apply-webhooks.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'

describeEachMigratedDatabase('webhook bodies that cannot be understood', (open) => {
  let database: Database
  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database.close())

  it('are kept in one statement, byte for byte, whatever their reasons quote', async () => {
    const raws = [
      Buffer.from([0xff, 0x00, 0x7b]),
      Buffer.from('{"a":"\u{1F35E}'),
      Buffer.from('[]'),
    ]
    const details = ['Unexpected token \0', 'half a loaf: \ud83c', 'an array']
    const items = raws.map((raw, n): WebhookItem => ({
      kind: 'unreadable',
      raw,
      code: 'invalid_json',
      detail: details[n] ?? '',
    }))
    const statements: string[] = []
    const watched = new Proxy(database, {
      get: (target, name) =>
        name === 'query'
          ? (...call: Parameters<Database['query']>) => {
              statements.push(typeof call[0] === 'string' ? call[0] : call[0].name)
              return target.query(...call)
            }
          : (Reflect.get(target, name) as unknown),
    })
    await applyItems(watched, items, createId)
    expect(statements.filter((name) => name === 'webhook.reject')).toHaveLength(1)
    const rows = await database.query<{ raw: Uint8Array; detail: string }>(
      `select raw, detail from rejected_events where source = 'webhook' order by id`,
    )
    expect(rows.map(({ raw }) => Buffer.from(raw))).toEqual(raws)
    expect(rows.map(({ detail }) => detail)).toEqual([
      'Unexpected token \uFFFD',
      'half a loaf: \uFFFD',
      'an array',
    ])
  })
})
