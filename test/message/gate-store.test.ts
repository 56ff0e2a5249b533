import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { closeGate, listGates, openGate, releaseProbe } from '../../src/message/gate-store.ts'
import type { Gate } from '../../src/message/gate-store.ts'
import { queueMessages } from '../support/messages.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'

describeEachMigratedDatabase('a closed gate', (open) => {
  let database: Database
  let number = 0
  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database.close())

  const nextKey = () => {
    number += 1
    return `number-${String(number)}`
  }
  const close = (key: string, probeAfterMs: number | null = 0) =>
    closeGate(database, {
      scope: 'number',
      key,
      reason: 'token',
      errorCode: '190',
      errorMessage: 'Invalid access token',
      probeAfterMs,
    })
  const gateOf = async (key: string): Promise<Gate> => {
    const gate = (await listGates(database)).find((candidate) => candidate.key === key)
    if (gate === undefined) throw new Error('the gate is open')
    return gate
  }
  /** Seconds until the next probe, to the nearest five: the statements between take their time. */
  const waitOf = async (key: string): Promise<number> => {
    const { probe_at } = await gateOf(key)
    return Math.round(((probe_at?.getTime() ?? 0) - Date.now()) / 5000) * 5
  }
  const dueNow = (key: string) =>
    database.query(`update send_gates set probe_at = clock_timestamp() where key = $1`, [key])

  it('is tried after 30 s, and twice as late each time the probe is refused, up to 10 minutes', async () => {
    const key = nextKey()
    await queueMessages(database, 8, { state: 'held', hold_reason: 'token' })
    expect(await close(key)).toBe(true)
    const waits = [await waitOf(key)]
    for (let probes = 0; probes < 6; probes += 1) {
      await dueNow(key)
      expect(await releaseProbe(database, await gateOf(key))).toBeDefined()
      expect(await close(key)).toBe(false)
      waits.push(await waitOf(key))
    }
    expect(waits).toEqual([30, 60, 120, 240, 480, 600, 600])
    await openGate(database, 'number', key)
    await close(key)
    expect(await waitOf(key)).toBe(30)
  })

  it('is tried by nobody before Meta’s own time, nor sooner for a refusal that comes late', async () => {
    const key = nextKey()
    await close(key, 3_600_000)
    await close(key)
    expect(await waitOf(key)).toBe(3600)
  })

  it('is tried by nobody where only a person helps', async () => {
    const key = nextKey()
    await close(key, null)
    expect(await gateOf(key)).toMatchObject({ probe_at: null, probe_due: false })
  })
})
