import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { createCountedStarts } from '../../src/intake/count-starts.ts'
import type { Delivery, EventHandler, EventOutcome } from '../../src/intake/event-source.ts'
import { createLogger } from '../../src/lib/logger.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'
import { delivery } from '../support/orders.ts'

const ACCEPTED: EventOutcome = {
  kind: 'accepted',
  messageId: 'm',
  status: 'PENDING',
  eventId: 'e',
}

describeEachMigratedDatabase('a delivery that came ten times', (open) => {
  let database: Database
  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database.close())

  const startsOf = async (): Promise<number[]> => {
    const rows = await database.query<{ starts: number }>('select starts from suspicious_starts')
    return rows.map((row) => row.starts)
  }
  /** One process: `dies` never answers, as a process that was killed. */
  const openProcess = (handler: EventHandler) =>
    createCountedStarts({ database, handler, logger: createLogger('silent') })
  const dies: EventHandler = () => new Promise(() => undefined)

  it('is counted before its start and forgotten once it has ended', async () => {
    let during: number[] = []
    const receive = openProcess(async () => {
      during = await startsOf()
      return ACCEPTED
    })
    await receive(delivery('content'))
    expect(during).toEqual([1])
    expect(await startsOf()).toEqual([])
  })

  it('is rejected unread after three starts that never ended, and only then', async () => {
    const seen: Delivery[] = []
    for (let process = 1; process <= 3; process += 1) {
      void openProcess((given) => {
        seen.push(given)
        return dies(given)
      })(delivery('deadly'))
      await expect.poll(() => seen.length).toBe(process)
    }
    expect(seen.map((each) => each.isUnreadable)).toEqual([undefined, undefined, undefined])
    await openProcess((given) => {
      seen.push(given)
      return Promise.resolve(ACCEPTED)
    })(delivery('deadly'))
    expect(seen.at(-1)?.isUnreadable).toBe(true)
    expect(await startsOf()).toEqual([])
  })

  it('does not count a start that the database ended', async () => {
    const receive = openProcess(() => Promise.reject(new Error('ECONNREFUSED')))
    for (let times = 0; times < 5; times += 1) {
      await expect(receive(delivery('unlucky'))).rejects.toThrow('ECONNREFUSED')
      await expect.poll(startsOf).toEqual([0])
    }
  })
})
