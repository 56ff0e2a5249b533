import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { cancelAll } from '../../src/direct/batch-runner.ts'
import { createChangeFeed } from '../../src/http/change-feed.ts'
import type { ChangeFeed, FeedEvent } from '../../src/http/change-feed.ts'
import { createLogger } from '../../src/lib/logger.ts'
import { createId } from '../../src/lib/uuid-v7.ts'
import { openRateCard } from '../../src/pricing/open-rate-card.ts'
import { insertOldBatch, makeOlder } from '../support/change-feed.ts'
import { queueMessages } from '../support/messages.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'

const SOON = { timeout: 10_000 }
const KEPT_MS = 10 * 60 * 1000

describeEachMigratedDatabase('the live stream', (open) => {
  let database: Database
  const feeds: ChangeFeed[] = []
  beforeAll(async () => {
    database = await open()
  })
  afterEach(async () => {
    vi.useRealTimers()
    for (const feed of feeds.splice(0)) await feed.stop()
  })
  afterAll(() => database.close())

  /** As another process has it. */
  const startFeed = async (more: { replayEvents?: number } = {}): Promise<ChangeFeed> => {
    const card = openRateCard(null)
    const feed = createChangeFeed({ database, logger: createLogger('silent'), card, ...more })
    feeds.push(feed)
    feed.start()
    return feed
  }
  const listen = async (feed: ChangeFeed, lastEventId: string | null = null) => {
    const events: FeedEvent[] = []
    const subscription = await feed.subscribe((event) => events.push(event), lastEventId)
    const ids = () => events.map(({ json }) => (JSON.parse(json) as { id: string }).id)
    const until = async (...wanted: string[]): Promise<FeedEvent> => {
      await expect.poll(ids, SOON).toEqual(expect.arrayContaining(wanted))
      return events[ids().lastIndexOf(wanted.at(-1) ?? '')] as FeedEvent
    }
    return { ...subscription, ids, until }
  }
  const queueOne = async (): Promise<string> => (await queueMessages(database, 1))[0] ?? ''
  /** A change that was made so long ago and becomes visible only now. */
  const changeLate = (id: string, ms: number) =>
    database.query(
      `with t as (select clock_timestamp() - $2::float8 * interval '1 millisecond' as at
       ), m as (update whatsapp_messages set error_message = 'late', updated_at = t.at from t where id = $1
       ) insert into audit_log (id, at, actor, action, message_id) select $3, at, 'Ana', 'x', $1 from t returning 1`,
      [id, ms, createId()],
    )

  it('tells of every message of a batch that is canceled long after it was made', async () => {
    const { batchId, ids } = await insertOldBatch(database, 40)
    await makeOlder(database)
    const one = await listen(await startFeed())
    await database.transaction((tx) => cancelAll(tx, batchId, { code: 'canceled', message: 'x' }))
    await one.until(...ids)
    expect(one.ids().sort()).toEqual([...ids].sort())
  })

  it('tells on another process of what became visible after a later change was told of', async () => {
    const [early, late] = [await queueOne(), await queueOne()]
    await makeOlder(database)
    const one = await listen(await startFeed())
    await changeLate(late, 0)
    const { id } = await one.until(late)
    one.end()
    await changeLate(early, 1000)
    const two = await listen(await startFeed(), id)
    await two.until(early)
  })

  it('repeats nothing to whoever comes back to the process that told of it', async () => {
    const feed = await startFeed()
    const one = await listen(feed)
    const [first, second] = [await queueOne(), await queueOne()]
    const { id } = await one.until(first)
    await one.until(second)
    one.end()
    const again = await listen(feed, id)
    expect(again.ids()).toEqual([second])
  })

  it('takes no id of another process for one of its own', async () => {
    const [one, two] = [await listen(await startFeed()), await listen(await startFeed())]
    const id = await queueOne()
    expect((await one.until(id)).id).not.toBe((await two.until(id)).id)
  })

  it('tells whoever comes back after it has rested of what happened meanwhile', async () => {
    const feed = await startFeed()
    const one = await listen(feed)
    const before = await queueOne()
    const { id } = await one.until(before)
    one.end()
    await feed.stop()
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + KEPT_MS + 1000 })
    feed.start()
    await feed.stop()
    const meanwhile = await queueOne()
    const again = await listen(feed, id)
    expect(again.ids()).toContain(meanwhile)
  })

  it('ends after a part of what was missed where it is much, and goes on from there', async () => {
    const one = await listen(await startFeed())
    const first = await queueOne()
    const { id } = await one.until(first)
    one.end()
    const missed = [await queueOne(), await queueOne(), await queueOne()]
    const feed = await startFeed({ replayEvents: 2 })
    const part = await listen(feed, id)
    expect(part).toMatchObject({ isCut: true })
    expect(part.ids()).toHaveLength(2)
    expect(part.ids()).not.toContain(missed[2])
    const whole = await listen(await startFeed(), id)
    expect(whole).toMatchObject({ isCut: false })
    expect(whole.ids()).toEqual(expect.arrayContaining(missed))
  })
})
