import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { createGateKeeper } from '../../src/dispatcher/gate-keeper.ts'
import { createLogger } from '../../src/lib/logger.ts'
import { claim, NUMBER, queueMessages, rowOf } from '../support/messages.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'

describeEachMigratedDatabase('the keeper of gates', (open) => {
  let database: Database
  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database.close())

  const openKeeper = () =>
    createGateKeeper({
      database,
      logger: createLogger('silent'),
      phoneNumberId: NUMBER,
      enabled: true,
      onlyTo: null,
    })
  const stateOf = async (id: string) => (await rowOf(database, id))['state']
  const hurry = () =>
    database.query('update send_gates set probe_at = clock_timestamp() returning 1', [])

  it('leaves a probe that no claim has taken yet, however often it looks', async () => {
    const keeper = openKeeper()
    const [first = '', second = ''] = await queueMessages(database, 2)
    await keeper.refused({
      ...{ scope: 'number', key: NUMBER, reason: 'token' },
      ...{ errorCode: '190', errorMessage: null, probeAfterMs: 60_000 },
    })
    await keeper.refresh()
    expect([await stateOf(first), await stateOf(second)]).toEqual(['held', 'held'])
    await hurry()
    await keeper.refresh()
    await keeper.refresh()
    await keeper.refresh()
    expect([await stateOf(first), await stateOf(second)]).toEqual(['queued', 'held'])
    expect(keeper.admit().limit).toBe(1)
    await claim(database)
    // It is on its way: nothing else is let through until its answer, or the next time.
    await keeper.refresh()
    expect(keeper.admit().limit).toBe(0)
    expect([await stateOf(first), await stateOf(second)]).toEqual(['sending', 'held'])
    await keeper.accepted(null)
    expect(await stateOf(second)).toBe('queued')
    await claim(database)
  })

  it('leaves the probe of a template, too, and forgets it with its gate', async () => {
    const keeper = openKeeper()
    const [id = ''] = await queueMessages(database, 1)
    const key = 'po_notification/es'
    await keeper.refused({
      ...{ scope: 'template', key, reason: 'template_paused' },
      ...{ errorCode: '132015', errorMessage: null, probeAfterMs: 60_000 },
    })
    await keeper.refresh()
    expect(await stateOf(id)).toBe('held')
    expect(keeper.admit().gatedTemplates).toEqual([key])
    await hurry()
    await keeper.refresh()
    await keeper.refresh()
    expect(await stateOf(id)).toBe('queued')
    expect(keeper.admit().gatedTemplates).toEqual([])
    await keeper.accepted(key)
    await keeper.refresh()
    expect(keeper.isClear).toBe(true)
    await claim(database)
  })
})
