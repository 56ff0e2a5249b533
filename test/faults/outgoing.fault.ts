import { expect, it, onTestFinished } from 'vitest'
import { describeFaults } from './support/describe-faults.ts'
import { listenForEvents } from './support/event-listener.ts'

const ALL = { AVISO_PUBLISH: '#' }

describeFaults('what is published', (suite) => {
  const openWorld = async () => {
    const world = await suite().openForTest({ mix: 'ordinary', environment: ALL })
    const listener = await listenForEvents(suite().rabbitmq.url)
    onTestFinished(() => listener.close())
    const waiting = async () => {
      const [row] = await world.query<{ count: number }>(
        'select count(*)::int as count from outgoing_events',
      )
      return row?.count ?? 0
    }
    return { world, listener, waiting }
  }

  it('F10 is published again under its id where the process dies between confirmation and record', async () => {
    const { world, listener, waiting } = await openWorld()
    const dying = await world.start('one', { failpoints: 'outgoing.after_confirm=kill' })
    const confirmed = world.load.publish(5)
    expect(await dying.ended).toEqual({ code: null, signal: 'SIGKILL' })
    await world.start('one')
    await confirmed
    await world.expectSound('F10')
    await world.until('nothing waits', async () => (await waiting()) === 0)
    // Sent, delivered and read of each message. What was in flight when the process died may never have reached Meta: it
    // is held for a person, and has nothing else to tell.
    const read = await world.inState('read')
    expect(read.length).toBeGreaterThan(0)
    await world.until('all have come', () =>
      Promise.resolve(listener.received.size >= read.length * 3),
    )
    const repeated = [...listener.received.values()].filter((times) => times > 1)
    expect(repeated.length).toBeGreaterThan(0)
  })

  it('F19 waits where the binding is gone, and goes by itself when it is back', async () => {
    const { world, listener, waiting } = await openWorld()
    await world.start('one')
    await world.load.publish(2)
    await world.until('the first are read', async () => (await world.inState('read')).length === 2)
    await world.until('and published', async () => (await waiting()) === 0)
    await listener.unbind()
    await world.load.publish(3)
    await world.until('the others are read', async () => (await world.inState('read')).length === 5)
    await world.until('they are returned', async () => {
      const health = await world.call('/api/v1/whatsapp/health')
      return (await health.text()).includes('no queue is bound')
    })
    expect(await waiting()).toBe(3 * 3)
    await listener.bind()
    await world.until('they are published', async () => (await waiting()) === 0)
    await world.until('and come', () => Promise.resolve(listener.received.size === 5 * 3))
    await world.expectSound('F19 the binding')
  })
})
