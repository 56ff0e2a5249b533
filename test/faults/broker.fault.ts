import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { describeFaults } from './support/describe-faults.ts'
import type { FaultSuite } from './support/describe-faults.ts'
import { listenForEvents } from './support/event-listener.ts'
import type { FaultWorld } from './support/fault-world.ts'

/** A queue of a broker that is killed within 2 s of its declaration may not come back. */
const DURABLE_AFTER_MS = 2500
/** A busy machine; the figure itself is in the line of the run. */
const BACK_WITHIN_MS = 60_000

describeFaults('a broker that fails', (suite) => {
  /** @returns how long nobody consumed, in ms */
  const untilConsuming = async (world: FaultWorld): Promise<number> => {
    const started = performance.now()
    const isConsumed = async () => (await world.queue.state()).consumers > 0
    await world.until('it is consumed again', isConsumed, BACK_WITHIN_MS)
    return Math.round(performance.now() - started)
  }
  const openLoaded = async (options: Parameters<FaultSuite['open']>[0] = {}) => {
    const world = await suite().openForTest(options)
    await world.start('one')
    await untilConsuming(world)
    world.load.start(40)
    return world
  }

  it('F15 by being killed under load loses nothing, and is consumed again', async () => {
    const { rabbitmq, isFull } = suite()
    const world = await openLoaded()
    await setTimeout(DURABLE_AFTER_MS)
    const times = isFull ? 5 : 1
    let slowest = 0
    for (let time = 0; time < times; time += 1) {
      await world.untilSending()
      rabbitmq.kill()
      await rabbitmq.boot()
      slowest = Math.max(slowest, await untilConsuming(world))
      await world.untilSending()
    }
    const report = await world.expectSound(
      `F15 ${times} broker kills, consuming ${slowest} ms later`,
    )
    expect(report.acked).toBe(report.events)
  })

  it('F16 by being away, at the start and later, stops neither API nor webhooks', async () => {
    const { rabbitmq, isFull } = suite()
    const world = await suite().openForTest({ mix: 'ordinary' })
    await rabbitmq.control('stop_app')
    try {
      await world.start('one')
      expect((await world.load.publishOverHttp()).status).toBe(202)
      await world.until('it is read', async () => (await world.inState('read')).length === 1)
    } finally {
      await rabbitmq.control('start_app')
    }
    await untilConsuming(world)
    world.load.start(40)
    const times = isFull ? 5 : 1
    let slowest = 0
    for (let time = 0; time < times; time += 1) {
      await world.untilSending()
      await rabbitmq.control('stop_app')
      const isLong = isFull && time === 0
      await setTimeout(isLong ? 120_000 : 2000)
      expect((await world.load.publishOverHttp()).status).toBe(202)
      expect((await world.call('/readyz')).status).toBe(200)
      await rabbitmq.control('start_app')
      slowest = Math.max(slowest, await untilConsuming(world))
    }
    const report = await world.expectSound(
      `F16 ${times} broker stops, consuming ${slowest} ms later`,
    )
    expect(report.accepted).toBe(report.acked)
  })

  it('F17 by its connections: cut, silent, and slow, each event is taken once', async () => {
    const world = await openLoaded({ proxied: ['rabbitmq'] })
    const proxy = world.proxies.rabbitmq
    await world.untilSending()
    proxy?.cut()
    await setTimeout(500)
    proxy?.restore()
    await untilConsuming(world)
    await world.untilSending()
    // Nothing is carried and nothing is closed: only the heartbeat can find it.
    proxy?.freeze()
    const isFound = async () => (await world.logOf('one')).includes('broker.away')
    if (suite().isFull) await world.until('the heartbeat finds it', isFound, BACK_WITHIN_MS)
    else await setTimeout(2000)
    proxy?.restore()
    await untilConsuming(world)
    proxy?.delay(suite().isFull ? 5000 : 500)
    await world.untilSending()
    proxy?.delay(0)
    await world.expectSound('F17')
  })

  it('F18 by an alarm: consuming goes on, what is to be published waits, and goes by itself', async () => {
    const { rabbitmq } = suite()
    const world = await suite().openForTest({
      mix: 'ordinary',
      environment: { AVISO_PUBLISH: 'whatsapp.message.read' },
    })
    const listener = await listenForEvents(rabbitmq.url)
    onTestFinished(() => listener.close())
    await world.start('one')
    await world.load.publish(5)
    await world.until('those are read', async () => (await world.inState('read')).length === 5)
    // Over HTTP some are taken; nobody consumes, and nobody sends.
    await world.start('one', { roles: 'api,webhook' })
    const waiting = async () => {
      const [row] = await world.query<{ count: number }>(
        'select count(*)::int as count from outgoing_events',
      )
      return row?.count ?? 0
    }
    await world.load.publish(20)
    await rabbitmq.control('set_disk_free_limit', '100000GB')
    try {
      await world.start('one')
      await world.until('all are read', async () => (await world.inState('read')).length === 25)
      expect(await waiting()).toBeGreaterThan(0)
    } finally {
      await rabbitmq.control('set_disk_free_limit', '50MB')
    }
    await world.until('they are published', async () => (await waiting()) === 0, BACK_WITHIN_MS)
    expect(listener.received.size).toBe(25)
    await world.expectSound('F18')
  })

  it('F19 by losing the queue and its binding is mended by the next look, and loses nothing', async () => {
    const { rabbitmq } = suite()
    const world = await openLoaded({ mix: 'ordinary' })
    await world.untilSending()
    // What still lies in a queue goes with it: there is nothing in it while it is deleted.
    await world.load.stop()
    await world.until('all is handed out', async () => (await world.queue.state()).ready === 0)
    await rabbitmq.control('delete_queue', world.topology.queue)
    world.load.start(40)
    await world.until('it is declared anew', async () => (await world.queue.state()).consumers > 0)
    await world.queue.unbind()
    // What is published now is returned to the ERP, which keeps it until somebody takes it.
    await world.untilSending()
    const report = await world.expectSound('F19 the queue')
    expect(report.acked).toBe(report.events)
  })

  it('F19 by taking the permission away says so, and takes events again when it has it', async () => {
    const { rabbitmq } = suite()
    const user = `aviso-${randomBytes(4).toString('hex')}`
    const permit = (names: string) => rabbitmq.control('set_permissions', user, names, names, names)
    await rabbitmq.control('add_user', user, user)
    onTestFinished(async () => {
      await rabbitmq.control('delete_user', user)
    })
    await permit('.*')
    const address = new URL(rabbitmq.url)
    address.username = user
    address.password = user
    const world = await openLoaded({ mix: 'ordinary', environment: { RABBITMQ_URL: address.href } })
    await world.untilSending()
    await permit('^$')
    await rabbitmq.control('close_all_connections', 'a permission was taken')
    const brokerPart = async () => {
      const health = await world.call('/api/v1/whatsapp/health')
      return ((await health.json()) as { parts: { broker: Record<string, string> } }).parts.broker
    }
    await world.until('it says why', async () =>
      /permissions/.test((await brokerPart())['remedy'] ?? ''),
    )
    expect((await world.call('/readyz')).status).toBe(503)
    expect((await world.load.publishOverHttp()).status).toBe(202)
    await permit('.*')
    await untilConsuming(world)
    await world.untilSending()
    const report = await world.expectSound('F19 the permission')
    expect(report.acked).toBe(report.events)
  })
})
