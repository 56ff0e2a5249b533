import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import {
  closeGate,
  listGates,
  openGate,
  releaseProbe,
  releaseUngated,
} from '../../src/message/gate-store.ts'
import type { HoldReason } from '../../src/message/message.ts'
import { recordSettlements } from '../../src/message/outbox.ts'
import type { Settlement } from '../../src/message/outbox.ts'
import { claim, NUMBER, queueMessages, rowOf } from '../support/messages.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'

describeEachMigratedDatabase('what is held without a gate', (open) => {
  let database: Database
  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database.close())

  const close = (scope: 'number' | 'template', key: string, reason: HoldReason) =>
    closeGate(database, { scope, key, reason, errorCode: '1', errorMessage: null, probeAfterMs: 0 })
  const gateOf = async (scope: string) => {
    const gate = (await listGates(database)).find((candidate) => candidate.scope === scope)
    if (gate === undefined) throw new Error('no such gate')
    return gate
  }
  /** Sent and refused with a reason that holds. */
  const refused = async (language: string, reason: HoldReason): Promise<string> => {
    const [id = ''] = await queueMessages(database, 1, { template_language: language })
    await claim(database)
    const settlement: Settlement = {
      message_id: id,
      attempt: 1,
      outcome: 'rejected',
      http_status: 400,
      to_state: 'held',
      hold_reason: reason,
      delay_ms: null,
      counts_failure: false,
      refunds_attempt: true,
      error_code: '1',
      error_message: 'x',
      error: {},
      response: {},
    }
    await recordSettlements(database, [settlement])
    return id
  }

  it('probes a number with a message whose template is not refused itself', async () => {
    const older = await refused('es', 'token')
    const younger = await refused('en', 'token')
    await close('number', NUMBER, 'token')
    await close('template', 'po_notification/es', 'template_disabled')
    expect(await releaseProbe(database, await gateOf('number'))).toBe(younger)
    expect(await rowOf(database, older)).toMatchObject({ state: 'held', hold_reason: 'token' })
    await openGate(database, 'number', NUMBER)
    await openGate(database, 'template', 'po_notification/es')
    await claim(database)
  })

  it('probes a number with one that has not failed for reasons of its own, while there is such', async () => {
    const stubborn = await refused('en', 'token')
    const other = await refused('en', 'token')
    const count = 'update whatsapp_messages set failures = 3 where id = $1 returning 1'
    await database.query(count, [stubborn])
    await close('number', NUMBER, 'token')
    expect(await releaseProbe(database, await gateOf('number'))).toBe(other)
    expect(await releaseProbe(database, await gateOf('number'))).toBe(stubborn)
    expect(await releaseProbe(database, await gateOf('number'))).toBeUndefined()
    await openGate(database, 'number', NUMBER)
    await claim(database)
  })

  it('queues what waits behind a gate that is not there, and nothing that has one', async () => {
    const lost = [await refused('es', 'token'), await refused('es', 'template_paused')]
    const [setting = ''] = await queueMessages(database, 1, {
      state: 'held',
      hold_reason: 'not_in_allow_list',
    })
    await close('number', NUMBER, 'token')
    await close('template', 'po_notification/es', 'template_paused')
    expect(await releaseUngated(database)).toBe(0)
    // Died between the hold and the gate: as if it had never been closed.
    await database.query('delete from send_gates returning 1', [])
    expect(await releaseUngated(database)).toBe(2)
    for (const id of lost)
      expect(await rowOf(database, id)).toMatchObject({ state: 'queued', hold_reason: null })
    expect(await rowOf(database, setting)).toMatchObject({ state: 'held' })
  })
})
