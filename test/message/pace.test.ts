import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import {
  forgetOldPaces,
  giveBackSends,
  halveRate,
  listPaces,
  noteInbound,
  pausedMs,
  pauseNumber,
  takeSends,
} from '../../src/message/pace-store.ts'
import { recordSettlements } from '../../src/message/outbox.ts'
import { claim, nextRecipient, queueMessages, rowOf, settlement } from '../support/messages.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'

describeEachMigratedDatabase('pace', (open) => {
  let database: Database
  let number = 0
  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database.close())

  const nextNumber = (): string => {
    number += 1
    return `number-${String(number)}`
  }
  /** As if so many seconds had passed for a number. */
  const pass = (id: string, seconds: number) =>
    database.query(
      `update number_pace set tat = tat - $2::float8 * interval '1 second',
         factor_at = factor_at - $2::float8 * interval '1 second' where phone_number_id = $1 returning 1`,
      [id, seconds],
    )
  const grantedIn = async (id: string, rate: number, seconds: number): Promise<number> => {
    let granted = 0
    for (let tick = 0; tick < seconds * 20; tick += 1) {
      granted += (await takeSends(database, id, rate, 1000)).granted
      await pass(id, 0.05)
    }
    return granted
  }
  const untilDue = async (id: string): Promise<number> => {
    const row = await rowOf(database, id)
    return ((row['due_at'] as Date).getTime() - Date.now()) / 1000
  }

  const refuse = (id: string) => recordSettlements(database, [settlement(id, {})])

  it('grants a number its rate over all callers together, and a twentieth of a second at once', async () => {
    const id = nextNumber()
    await takeSends(database, id, 200, 1000)
    await pass(id, 60)
    const startedAt = performance.now()
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => takeSends(database, id, 200, 1000)),
    )
    const seconds = (performance.now() - startedAt) / 1000
    const atOnce = answers.reduce((sum, answer) => sum + answer.granted, 0)
    expect(atOnce).toBeGreaterThanOrEqual(10)
    // time goes on while the five are answered
    expect(atOnce).toBeLessThanOrEqual(11 + 200 * seconds)
  })

  it('shows what slows a number: the share of its rate, and the rest of its pause', async () => {
    const free = nextNumber()
    const slowed = nextNumber()
    await takeSends(database, free, 10, 1)
    await halveRate(database, slowed, 0)
    await pauseNumber(database, slowed, 60_000)
    const shown = new Map(
      (await listPaces(database)).map(({ phone_number_id: id, ...pace }) => [id, pace]),
    )
    expect(shown.get(free)).toEqual({ factor: 1, paused_seconds: 0 })
    expect(shown.get(slowed)?.factor).toBeGreaterThanOrEqual(0.5)
    expect(shown.get(slowed)?.factor).toBeLessThan(1)
    expect(shown.get(slowed)?.paused_seconds).toBeGreaterThan(30)
    expect(shown.get(slowed)?.paused_seconds).toBeLessThanOrEqual(60)
  })

  it('grants a slow rate one by one', async () => {
    const id = nextNumber()
    const oneInAMinute = 1 / 60
    await takeSends(database, id, oneInAMinute, 10)
    await pass(id, 3600)
    expect(await takeSends(database, id, oneInAMinute, 10)).toMatchObject({ granted: 1 })
    const next = await takeSends(database, id, oneInAMinute, 10)
    expect(next.granted).toBe(0)
    expect(next.waitMs).toBeGreaterThan(30_000)
    expect(next.waitMs).toBeLessThanOrEqual(60_000)
  })

  it('counts what was given back as never taken', async () => {
    const id = nextNumber()
    await takeSends(database, id, 1, 1)
    await pass(id, 60)
    await takeSends(database, id, 1, 1)
    await giveBackSends(database, id, 1, 1)
    expect(await takeSends(database, id, 1, 1)).toMatchObject({ granted: 1 })
  })

  it('sends at half the rate once Meta says it is too fast, and raises it slowly', async () => {
    const id = nextNumber()
    const full = await grantedIn(id, 100, 2)
    await halveRate(database, id, 0)
    await halveRate(database, id, 0)
    const slowed = await grantedIn(id, 100, 1)
    expect(slowed).toBeLessThan(full / 2 / 2)
    await pass(id, 20)
    expect(await grantedIn(id, 100, 2)).toBeGreaterThan(full * 0.8)
  })

  it('halves the rate once for all calls that were under way together', async () => {
    const id = nextNumber()
    const full = await grantedIn(id, 100, 1)
    await Promise.all(Array.from({ length: 10 }, () => halveRate(database, id, 60_000)))
    expect(await grantedIn(id, 100, 1)).toBeGreaterThan(full * 0.4)
  })

  it('counts what comes in, and lets it delay what goes out by a second at most', async () => {
    const id = nextNumber()
    await takeSends(database, id, 20, 1)
    await pass(id, 60)
    await noteInbound(database, id, 20, 10)
    const { granted, waitMs } = await takeSends(database, id, 20, 10)
    expect(granted).toBe(0)
    expect(waitMs).toBeGreaterThan(300)
    expect(waitMs).toBeLessThanOrEqual(500)
    await noteInbound(database, id, 20, 10_000)
    expect((await takeSends(database, id, 20, 10)).waitMs).toBeLessThanOrEqual(1000)
  })

  it('goes on when the database’s clock has been set back', async () => {
    const id = nextNumber()
    await takeSends(database, id, 20, 1)
    await pass(id, -3600)
    expect((await takeSends(database, id, 20, 1)).granted).toBe(1)
  })

  it('starts nothing of a paused number', async () => {
    const id = nextNumber()
    await takeSends(database, id, 100, 1)
    await pauseNumber(database, id, 60_000)
    const answer = await takeSends(database, id, 100, 10)
    expect(answer.granted).toBe(0)
    expect(answer.waitMs).toBeGreaterThan(50_000)
    expect(await pausedMs(database, id)).toBeGreaterThan(50_000)
    expect(await pausedMs(database, nextNumber())).toBe(0)
  })

  it('claims one message to a recipient and puts the others off by six seconds each', async () => {
    const recipient_phone = nextRecipient()
    const [first = '', second = '', third = ''] = await queueMessages(database, 3, {
      recipient_phone,
    })
    const claimed = (await claim(database)).map((message) => message.id)
    expect(claimed).toContain(first)
    expect(claimed).not.toContain(second)
    expect(await untilDue(second)).toBeCloseTo(6.25, 0)
    expect(await untilDue(third)).toBeCloseTo(12.5, 0)
    const [fourth = ''] = await queueMessages(database, 1, { recipient_phone })
    expect((await claim(database)).map((message) => message.id)).not.toContain(fourth)
    expect(await untilDue(fourth)).toBeLessThanOrEqual(6.5)
  })

  it('frees a recipient for what Meta refused, but not where a younger message has the turn meanwhile', async () => {
    const recipient_phone = nextRecipient()
    const [older = ''] = await queueMessages(database, 1, { recipient_phone })
    await claim(database)
    // Its call hangs for eight seconds.
    for (const [table, column] of [
      ['whatsapp_attempts', 'started_at'],
      ['recipient_pace', 'next_at'],
    ]) {
      await database.execute(
        `update ${String(table)} set ${String(column)} = ${String(column)} - interval '8 seconds'`,
      )
    }
    const [younger = ''] = await queueMessages(database, 1, { recipient_phone })
    expect((await claim(database)).map((message) => message.id)).toContain(younger)
    const third = async () => {
      const [id = ''] = await queueMessages(database, 1, { recipient_phone })
      return (await claim(database)).some((message) => message.id === id)
    }
    await refuse(older)
    expect(await third()).toBe(false)
    await refuse(younger)
    expect(await third()).toBe(true)
  })

  it('lets every message to a recipient wait whose pair is at Meta’s limit, and nobody else’s', async () => {
    const recipient_phone = nextRecipient()
    const [refused = ''] = await queueMessages(database, 1, { recipient_phone })
    await claim(database)
    const others = await queueMessages(database, 1)
    const limit = { to_state: 'queued', error_code: '131056', delay_ms: 64_000 } as const
    await recordSettlements(database, [settlement(refused, limit)])
    const [next = ''] = await queueMessages(database, 1, { recipient_phone })
    const claimed = (await claim(database)).map((message) => message.id)
    expect(claimed).not.toContain(next)
    expect(claimed).toEqual(expect.arrayContaining(others))
    expect(await untilDue(next)).toBeCloseTo(64, 0)
  })

  it('lets two processes start one message to a recipient, not two', async () => {
    const recipient_phone = nextRecipient()
    await queueMessages(database, 2, { recipient_phone })
    const both = await Promise.all([claim(database, 1), claim(database, 1)])
    expect(
      both.flat().filter((message) => message.recipient_phone === recipient_phone),
    ).toHaveLength(1)
  })

  it('delays no other recipient', async () => {
    const busy = nextRecipient()
    await queueMessages(database, 3, { recipient_phone: busy })
    const others = await queueMessages(database, 5)
    const claimed = (await claim(database)).map((message) => message.id)
    for (const id of others) expect(claimed).toContain(id)
  })

  it('forgets recipients whose pace is over', async () => {
    await database.query(
      `update recipient_pace set next_at = next_at - interval '1 day' returning 1`,
      [],
    )
    await forgetOldPaces(database)
    expect(await database.query('select 1 from recipient_pace')).toEqual([])
  })
})
