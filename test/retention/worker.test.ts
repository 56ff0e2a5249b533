import { Writable } from 'node:stream'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { createRetention } from '../../src/retention/retention.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'
import { daysAgo, foldAll, insertOrder, monthsAgo, partitionOf } from './old-orders.ts'

interface Line {
  level: number
  msg: string
  partitions?: string[]
  rows?: Record<string, number>
  partition?: string
  reason?: string
}

describeEachMigratedDatabase('the retention worker', (open) => {
  let database: Database
  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database.close())

  /** Runs until it has written so many lines. */
  const run = async (count: number): Promise<Line[]> => {
    const lines: Line[] = []
    let written: () => void = () => undefined
    const enough = new Promise<void>((resolve) => {
      written = resolve
    })
    const stream = new Writable({
      write(chunk: Buffer, _encoding, done) {
        lines.push(JSON.parse(chunk.toString()) as Line)
        if (lines.length >= count) written()
        done()
      },
    })
    const worker = createRetention({
      database,
      logger: pino(stream),
      retentionDays: 400,
      orphanDays: 8,
    })
    worker.start()
    await enough
    await worker.stop()
    return lines
  }

  it('says in one line what it dropped, and why a month stays', async () => {
    const partition = partitionOf('whatsapp_messages', monthsAgo(16))
    await insertOrder(database, monthsAgo(16))
    await database.query(
      `insert into orphan_statuses (wamid, status, received_at) values ('old', 'sent', $1)`,
      [daysAgo(9)],
    )
    expect(await run(2)).toMatchObject([
      { msg: 'WhatsApp retention.dropped', partitions: [], rows: { orphan_statuses: 1 } },
      { msg: 'WhatsApp retention.waits', partition, reason: 'not_counted' },
    ])
    await foldAll(database)
    const [line] = await run(1)
    expect(line?.partitions).toContain(partition)
    expect(line?.rows).toMatchObject({ audit_log: 1, received_events: 1, whatsapp_wamids: 1 })
  })

  it('says that it failed, and goes on', async () => {
    await database.execute('alter table rejected_events rename to elsewhere')
    expect(await run(1)).toMatchObject([{ level: 40, msg: 'WhatsApp retention.failed' }])
    await database.execute('alter table elsewhere rename to rejected_events')
  })
})
