import { expect, it, onTestFinished } from 'vitest'
import { createRabbitmqWatch } from '../../../src/intake/event-sources/rabbitmq-watch.ts'
import type {
  RabbitmqWatch,
  RabbitmqWatchOptions,
} from '../../../src/intake/event-sources/rabbitmq-watch.ts'
import { describeWithVhost } from '../../support/rabbitmq-vhosts.ts'
import { openRabbitmqWorld } from './rabbitmq-world.ts'
import type { RabbitmqWorld } from './rabbitmq-world.ts'

/** Longer than any of these takes: nothing in them waits for it to end. */
const LONG_MS = 20_000

await describeWithVhost('a look at the broker by a process that does not consume', (vhost) => {
  const openWatch = (
    { names, proxy }: RabbitmqWorld,
    more: Partial<RabbitmqWatchOptions> = {},
  ): RabbitmqWatch => {
    const { queue, mode } = names
    const watch = createRabbitmqWatch({
      url: proxy.url,
      queue,
      topology: mode,
      watchMs: 20,
      refusedMs: 20,
      ...more,
    })
    onTestFinished(() => watch.stop())
    return watch
  }
  const giveUpOn = (world: RabbitmqWorld, ...bodies: string[]): Promise<void> =>
    world.withChannel(async (channel) => {
      await channel.confirmSelect()
      const routingKey = `${world.names.queue}.dead`
      for (const body of bodies) await channel.basicPublish({ routingKey, durable: true }, body)
    })

  it('connects once it is asked, and counts what the broker gave up on', async () => {
    const world = await openRabbitmqWorld(vhost().url)
    await world.declare()
    await giveUpOn(world, 'a', 'b')
    const watch = openWatch(world)
    expect(watch.status()).toMatchObject({ state: 'connecting', deadLetters: null })
    expect(world.proxy.connections).toBe(0)
    expect(await watch.ask(LONG_MS)).toMatchObject({
      state: 'connected',
      detail: expect.stringContaining(world.names.queue),
      remedy: null,
      deadLetters: 2,
    })
    await giveUpOn(world, 'c')
    await expect.poll(async () => (await watch.ask(0)).deadLetters).toBe(3)
    expect(world.proxy.connections).toBe(1)
  })

  it('says what is missing, makes nothing, and sees when it is there', async () => {
    const world = await openRabbitmqWorld(vhost().url)
    const watch = openWatch(world)
    const missing = await watch.ask(LONG_MS)
    expect(missing).toMatchObject({ state: 'missing', deadLetters: null })
    expect(missing.detail).toBe(`the broker has no queue ${world.names.queue}`)
    expect(missing.remedy).toContain('role consumer')
    const other = openWatch(world, { topology: 'check' })
    expect((await other.ask(LONG_MS)).remedy).toContain('AVISO_TOPOLOGY=declare')
    expect(await watch.ask(0)).toMatchObject({ state: 'missing' })
    await world.declare()
    await expect.poll(async () => (await watch.ask(0)).state).toBe('connected')
    expect(world.proxy.connections).toBe(2)
  })

  it('says that the broker is away, and comes back by itself', async () => {
    const world = await openRabbitmqWorld(vhost().url)
    await world.declare()
    const watch = openWatch(world)
    await watch.ask(LONG_MS)
    world.proxy.cut()
    await expect.poll(async () => (await watch.ask(0)).state).toBe('connecting')
    expect(watch.status().detail).toMatch(/^the broker is away: /)
    expect(watch.status().remedy).toContain('RABBITMQ_URL')
    world.proxy.restore()
    await expect.poll(async () => (await watch.ask(0)).state, { timeout: 10_000 }).toBe('connected')
  })

  it('says that the broker refuses it, and comes back once it does not', async () => {
    const world = await openRabbitmqWorld(vhost().url)
    await world.declare()
    const everything = { configure: '.*', write: '.*', read: '.*' }
    await vhost().permit({ configure: '^$', write: '^$', read: '^$' })
    onTestFinished(() => vhost().permit(everything))
    const watch = openWatch(world)
    const wrong = new URL(vhost().url)
    wrong.password = 'wrong'
    const stranger = openWatch(world, { url: wrong.href })
    expect(await stranger.ask(LONG_MS)).toMatchObject({
      state: 'refused',
      detail: expect.stringContaining('user and password'),
    })
    // To look needs no permission at all: an operator who gives a process none has its health.
    expect(await watch.ask(LONG_MS)).toMatchObject({ state: 'connected' })
  })

  it('keeps nobody waiting while the broker says nothing, and stops then, too', async () => {
    const world = await openRabbitmqWorld(vhost().url)
    world.proxy.freeze()
    const watch = openWatch(world)
    const startedAt = performance.now()
    expect(await watch.ask(50)).toMatchObject({ state: 'connecting' })
    expect(performance.now() - startedAt).toBeLessThan(2000)
    const asked = watch.ask(LONG_MS)
    const stopped = watch.stop()
    expect(await asked).toMatchObject({ state: 'connecting' })
    await stopped
    expect(performance.now() - startedAt).toBeLessThan(10_000)
  })
})
