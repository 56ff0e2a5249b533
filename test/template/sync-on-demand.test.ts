import { describe, expect, it } from 'vitest'
import type { Queryable } from '../../src/db/database.ts'
import { createSyncOnDemand } from '../../src/template/sync-on-demand.ts'
import type { SyncOutcome } from '../../src/template/sync-templates.ts'

const SYNCED: SyncOutcome = {
  kind: 'synced',
  templates: 1,
  created: 0,
  deleted: 0,
  changes: [],
}

/** A registry whose account is in this state. */
function setup(account: { failures: number; waitMs: number } | null = null) {
  const database = {
    query: () =>
      Promise.resolve(
        account === null
          ? []
          : [
              {
                failures: account.failures,
                next_sync_at: new Date(Date.now() + account.waitMs),
              },
            ],
      ),
  } as unknown as Queryable
  const outcomes: SyncOutcome[] = []
  let nowMs = 0
  let calls = 0
  const demand = createSyncOnDemand({
    database,
    businessAccountId: '1',
    sync: () => {
      calls += 1
      return Promise.resolve(outcomes.shift() ?? SYNCED)
    },
    now: () => nowMs,
  })
  return {
    demand,
    outcomes,
    calls: () => calls,
    pass: (ms: number) => {
      nowMs += ms
    },
  }
}

describe('a read of the list that somebody asks for', () => {
  it('is made at once, ten times, and then once each two minutes', async () => {
    const { demand, calls, pass } = setup()
    for (let index = 0; index < 10; index += 1) expect(await demand()).toEqual(SYNCED)
    expect(await demand()).toEqual({ kind: 'too_often', retryAfterSeconds: 120 })
    pass(119_000)
    expect(await demand()).toMatchObject({ kind: 'too_often' })
    pass(1000)
    expect(await demand()).toEqual(SYNCED)
    expect(calls()).toBe(11)
  })

  it('is made once for all who ask at the same time', async () => {
    const { demand, calls } = setup()
    expect(await Promise.all([demand(), demand(), demand()])).toEqual([SYNCED, SYNCED, SYNCED])
    expect(calls()).toBe(1)
  })

  it('waits for another process that reads just now', async () => {
    const { demand, outcomes, calls } = setup()
    outcomes.push({ kind: 'not_begun' })
    expect(await demand()).toEqual(SYNCED)
    expect(calls()).toBe(2)
  })

  it('is refused while Meta has said that it was asked too often, not after any other failure', async () => {
    const quota = setup({ failures: 1, waitMs: 300_000 })
    expect(await quota.demand()).toMatchObject({ kind: 'too_often' })
    expect(quota.calls()).toBe(0)
    expect(await setup({ failures: 3, waitMs: 8000 }).demand()).toEqual(SYNCED)
    expect(await setup({ failures: 0, waitMs: 600_000 }).demand()).toEqual(SYNCED)
  })
})
