import { setTimeout } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { retryConflicts } from '../../src/db/retry-conflicts.ts'
import { withClient } from '../support/postgres-service.ts'
import { answersToMeta } from './support/emulator-process.ts'
import { describeFaults } from './support/describe-faults.ts'
import type { FaultSuite } from './support/describe-faults.ts'
import { PATIENT } from './support/fault-world.ts'
import type { FaultWorld } from './support/fault-world.ts'
import { installPostgres, removePostgres, usePostgres } from './support/private-postgres.ts'

/** A busy machine; the figure itself is in the line of the run. */
const BACK_WITHIN_MS = 60_000
/** An order's and a webhook's rows are small: what the server needs to start, and half as much again. */
const SMALL_DISK_MB = 160
/** What the server ends a COMMIT with, on the wire. */
const COMMITTED = Buffer.from('COMMIT\0')
const LOCK_SECONDS = { quick: 4, full: 30 }

describeFaults('a database that fails', (suite) => {
  const openLoaded = async (options: Parameters<FaultSuite['open']>[0] = {}) => {
    const world = await suite().openForTest(options)
    await world.start('one')
    world.load.start(40)
    await world.untilSending()
    return world
  }
  const isReady = async (world: FaultWorld) => (await world.call('/readyz')).status === 200
  /** @returns how long the service was not ready, in ms */
  const untilReady = async (world: FaultWorld): Promise<number> => {
    const started = performance.now()
    await world.until('it is ready again', () => isReady(world), BACK_WITHIN_MS)
    return Math.round(performance.now() - started)
  }
  const isRefused = async (world: FaultWorld) => (await world.load.publishOverHttp()).status === 503
  /** An order over HTTP and a webhook, neither of which may be answered as if it were kept. */
  const expectRefusals = async (world: FaultWorld) => {
    const order = await world.load.publishOverHttp()
    expect(order).toMatchObject({ status: 503, retryAfter: expect.any(String) as string })
    expect(await world.sendWebhook(world.statusBody([]))).toBe(503)
    expect((await world.call('/healthz')).status).toBe(200)
  }

  it('F20 by being away again and again while events wait is not taken for their fault', async () => {
    const { postgres, isFull } = suite()
    const world = await openLoaded({ mix: 'ordinary' })
    const times = isFull ? 25 : 4
    for (let time = 0; time < times; time += 1) {
      await postgres.stop('fast')
      try {
        await world.until(
          'nobody takes events that nobody can keep',
          async () => (await world.queue.state()).consumers === 0,
        )
        await setTimeout(isFull && time === 0 ? 60_000 : 1000)
      } finally {
        await postgres.start()
      }
      await world.untilSending()
    }
    const report = await world.expectSound(`F20 ${times} outages`)
    expect(report.acked).toBe(report.events)
    // An event that was delivered ten times is handled alone, and noted before.
    expect(await world.query('select 1 from suspicious_starts')).toEqual([])
  })

  it('F21 by restarting from its log under load loses nothing, and the service is ready by itself', async () => {
    const { postgres, isFull } = suite()
    const world = await openLoaded()
    const times = isFull ? 20 : 3
    let slowest = 0
    for (let time = 0; time < times; time += 1) {
      await world.untilSending()
      await postgres.restart('immediate')
      slowest = Math.max(slowest, await untilReady(world))
    }
    await world.untilSending()
    const report = await world.expectSound(`F21 ${times} crashes, ready ${slowest} ms later`)
    expect(report.acked).toBe(report.events)
  })

  it('F22 by being away is told to everybody with 503, and what waited goes when it is back', async () => {
    const { postgres, isFull } = suite()
    const world = await openLoaded({ mix: 'ordinary' })
    await postgres.stop('fast')
    try {
      await world.until('it is not ready', async () => !(await isReady(world)))
      await expectRefusals(world)
      await setTimeout(isFull ? 60_000 : 2000)
      await expectRefusals(world)
    } finally {
      await postgres.start()
    }
    const ready = await untilReady(world)
    await world.untilSending()
    await world.expectSound(`F22 ready ${ready} ms later`)
  })

  it('F23 by a connection that ends between a commit and its answer makes one row of each', async () => {
    const world = await openLoaded({ proxied: ['postgres'] })
    const proxy = world.proxies.postgres
    const times = suite().isFull ? 60 : 12
    let cut = 0
    for (let time = 0; time < times; time += 1) {
      // By turns the answer to a COMMIT, and any answer of a statement that commits by itself.
      const fits = time % 2 === 0 ? (piece: Buffer) => piece.includes(COMMITTED) : () => true
      await proxy?.cutOnce('to_client', fits)
      cut += 1
      await world.untilSending()
    }
    const report = await world.expectSound(`F23 ${cut} answers cut`)
    expect(report.acked).toBe(report.events)
  })

  it('F24 by connections that carry nothing is found by time limits, and nothing hangs', async () => {
    const world = await openLoaded({ proxied: ['postgres'], mix: 'ordinary' })
    const proxy = world.proxies.postgres
    proxy?.freeze()
    const started = performance.now()
    expect((await world.load.publishOverHttp(BACK_WITHIN_MS)).status).toBe(503)
    const seconds = Math.round((performance.now() - started) / 1000)
    expect((await world.call('/healthz')).status).toBe(200)
    proxy?.restore()
    await untilReady(world)
    await world.untilSending()
    await world.expectSound(`F24 half-open, refused after ${seconds} s`)
  })

  it('F24 by a lock that somebody holds on the table keeps what comes for later, and loses nothing', async () => {
    const world = await openLoaded({ mix: 'ordinary' })
    const seconds = suite().isFull ? LOCK_SECONDS.full : LOCK_SECONDS.quick
    // A statement on the month's partition opens the whole table while it holds the partition, at its first run
    // in a connection: of the two, the server may end the one that locks. It asks again, as a person would.
    const held = retryConflicts(() =>
      withClient(world.databaseUrl, (client) =>
        client.query(
          `begin; lock table whatsapp_messages in access exclusive mode; select pg_sleep(${seconds}); commit`,
        ),
      ),
    )
    await setTimeout(500)
    // What does not touch the table is answered meanwhile.
    expect((await world.call('/healthz')).status).toBe(200)
    expect((await world.call('/api/v1/suppliers')).status).toBe(200)
    await held
    await untilReady(world)
    await world.untilSending()
    const report = await world.expectSound(`F24 locked for ${seconds} s`)
    expect(report.acked).toBe(report.events)
  })

  it('F25 by refusing to write answers nothing as kept, and goes on when it writes again', async () => {
    const { postgres } = suite()
    const world = await openLoaded({ mix: 'ordinary' })
    await postgres.set('default_transaction_read_only', 'on')
    try {
      await world.until('it refuses', () => isRefused(world))
      await setTimeout(1000)
      await expectRefusals(world)
    } finally {
      await postgres.set('default_transaction_read_only', null)
    }
    await untilReady(world)
    await world.untilSending()
    await world.expectSound('F25 read-only')
  })

  it('F25 by a full disk answers nothing as kept, and goes on without a restart of ours', async () => {
    const place = await installPostgres({ tmpfsMegabytes: SMALL_DISK_MB })
    if ('reason' in place) throw new Error(place.reason)
    onTestFinished(() => removePostgres(place))
    const small = usePostgres(place)
    const world = await openLoaded({ mix: 'ordinary', databaseUrl: await small.createDatabase() })
    const free = await small.fillDisk()
    await world.until('it refuses', () => isRefused(world))
    expect((await world.call('/healthz')).status).toBe(200)
    await free()
    const ready = await untilReady(world)
    await world.untilSending()
    await world.expectSound(`F25 full disk, ready ${ready} ms later`)
  })

  it('F26 by a deadlock is asked again, and Meta hears nothing of it', async () => {
    const world = await suite().openForTest({ mix: 'ordinary', environment: PATIENT })
    await world.start('one')
    await world.emulator.control('POST', 'script', { behaviour: 'missing', times: 2 })
    await world.load.publish(2)
    const isTaken = async () => (await world.inState('accepted')).length === 2
    await world.until('Meta takes them', isTaken)
    const taken = (await world.emulator.accepted()).toSorted((a, b) =>
      (a.callback_data ?? '') < (b.callback_data ?? '') ? -1 : 1,
    )
    const statuses = taken.map(({ wamid, callback_data: data }) => ({
      id: wamid,
      status: 'delivered',
      timestamp: '1770000000',
      recipient_id: '34600000000',
      biz_opaque_callback_data: data,
    }))
    const [first, last] = taken.map(({ callback_data: data }) => data?.split('.')[1] ?? '')
    const touch = 'update whatsapp_messages set updated_at = updated_at where id = $1'
    // Somebody who takes the rows in the other order, and is not the one to give way.
    const status = await withClient(world.databaseUrl, async (other) => {
      await other.query(`begin; set local deadlock_timeout = '60s'`)
      await other.query(touch, [last])
      const answered = world.sendWebhook(world.statusBody(statuses))
      await world.until('the webhook waits for the last', async () => {
        const waiting = await world.query('select 1 from pg_locks where not granted')
        return waiting.length > 0
      })
      await other.query(touch, [first])
      await other.query('commit')
      return answered
    })
    expect(status).toBe(200)
    expect(await world.inState('delivered')).toHaveLength(2)
    const [deadlocks] = await world.query<{ count: number }>(
      'select deadlocks::int as count from pg_stat_database where datname = current_database()',
    )
    expect(deadlocks?.count).toBeGreaterThan(0)
    await world.expectSound('F26 a deadlock')
  })

  it('F26 by a default of serializable transactions makes no failures of two processes', async () => {
    const { postgres } = suite()
    await postgres.set('default_transaction_isolation', 'serializable')
    onTestFinished(() => postgres.set('default_transaction_isolation', null))
    const world = await suite().openForTest({ mix: 'ordinary', environment: PATIENT })
    await world.start('one')
    await world.start('two')
    world.load.start(60)
    for (let time = 0; time < 5; time += 1) {
      await world.untilSending()
      await setTimeout(500)
    }
    const report = await world.expectSound('F26 serializable')
    expect(report.acked).toBe(report.events)
    const answers = await answersToMeta(world.emulator)
    expect(answers.filter((status) => status !== 200)).toEqual([])
  })
})
