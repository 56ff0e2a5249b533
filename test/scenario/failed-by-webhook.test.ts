import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { failingNumber } from '../../src/emulator/magic-numbers.ts'
import { openAnyMigrated } from '../support/migrated-database.ts'
import { orderEvent } from '../support/orders.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

const PAYMENT = 131042

describe('an account that cannot pay, of which Meta tells by webhook alone', () => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(await openAnyMigrated())
  })
  afterAll(() => world.close())

  const gates = () =>
    world.database.query('select scope, hold_reason, needs_status from send_gates', [])
  const probe = () => world.database.query('update send_gates set probe_at = clock_timestamp()', [])

  it('costs one order, not one after the other, and a delivery opens the way again', async () => {
    const cannotPay = { supplier_phone: failingNumber(PAYMENT) }
    const first = await world.publish(orderEvent(1, cannotPay))
    expect(await world.until(first, 'failed')).toMatchObject({
      error_code: String(PAYMENT),
      remedy: expect.stringMatching(/payment method.*this one has failed: retry it/) as string,
    })
    await expect
      .poll(gates)
      .toEqual([{ scope: 'number', hold_reason: 'payment', needs_status: true }])

    // One that was on its way when the dispatcher heard of it fails like the first.
    let number = 10
    let second: string
    do {
      number += 1
      second = await world.publish(orderEvent(number, cannotPay))
    } while ((await world.until(second, 'held', 'failed')).state === 'failed')
    expect(await world.message(second)).toMatchObject({ hold_reason: 'payment' })
    const third = await world.publish(orderEvent(3))
    expect(await world.until(third, 'held')).toMatchObject({ hold_reason: 'payment' })

    await probe()
    await world.until(second, 'failed')
    expect(await world.message(third)).toMatchObject({ state: 'held' })

    const fourth = await world.publish(orderEvent(4))
    await world.until(fourth, 'held')
    await probe()
    await world.until(third, 'read')
    await world.until(fourth, 'read')
    expect(await gates()).toEqual([])
  })
})
