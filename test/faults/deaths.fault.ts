import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeFaults } from './support/describe-faults.ts'
import { answersToMeta } from './support/emulator-process.ts'
import { PATIENT } from './support/fault-world.ts'
import type { FaultWorld } from './support/fault-world.ts'

describeFaults('a process that dies at a named place', (suite) => {
  let world: FaultWorld
  beforeAll(async () => {
    world = await suite().open({ mix: 'ordinary', proxied: ['meta'] })
  })
  afterAll(() => world.close())

  /** Starts it with this death before it, has it work until then, and starts it again. */
  const dieAt = async (failpoints: string, events = 5): Promise<void> => {
    const service = await world.start('one', { failpoints })
    const confirmed = world.load.publish(events)
    expect(await service.ended).toEqual({ code: null, signal: 'SIGKILL' })
    await world.start('one')
    await confirmed
  }
  /** The last message of whose acceptance nobody but a webhook told. */
  const findSettledByWebhook = async (): Promise<string | undefined> => {
    const rows = await world.query<{ message_id: string }>(
      `select message_id from whatsapp_attempts where evidence = 'webhook' and http_status is null
       order by started_at desc limit 1`,
    )
    return rows[0]?.message_id
  }
  const doubts = () => world.inState('in_doubt', 'unconfirmed')
  const timesAccepted = async (messageId: string): Promise<number> => {
    const accepted = await world.emulator.accepted()
    return accepted.filter(({ callback_data: data }) => data?.includes(messageId) === true).length
  }

  it('F1 before its commit of an event: it comes again, and is one message', async () => {
    await dieAt('intake.before_commit=kill')
    await world.expectSound('F1')
  })

  it('F2 between commit and acknowledgement: it comes again, and stays one message', async () => {
    await dieAt('intake.before_ack=kill')
    await world.expectSound('F2')
  })

  it('F3 with a message claimed and no intent: it is queued again after the lease, and sent once', async () => {
    // Of those before, some may be in doubt: their process died while they were being sent.
    const before = (await world.emulator.accepted()).length
    await world.start('one', { roles: 'api,webhook,consumer' })
    await world.load.publish(3)
    await world.until('they are stored', async () => ((await world.states())['queued'] ?? 0) >= 3)
    await world.query(
      `update whatsapp_messages set state = 'claimed', lease_owner = 'a dead one',
         lease_until = clock_timestamp() + interval '1 second' where state = 'queued'`,
    )
    await world.start('one')
    const report = await world.expectSound('F3')
    expect(report.accepted).toBe(before + 3)
  })

  it('F4 after the intent, before the first byte: in doubt, then shown to a person, never sent', async () => {
    const before = new Set(await doubts())
    await dieAt('dispatcher.after_intent=kill', 1)
    let id = ''
    await world.until('its lease is over', async () => {
      id = (await doubts()).find((one) => !before.has(one)) ?? ''
      return id !== ''
    })
    await world.letWebhooksFlow()
    await world.until('a person is asked', async () => {
      return (await world.inState('unconfirmed')).includes(id)
    })
    const answer = await world.call('/api/v1/whatsapp/messages?state=unconfirmed')
    expect(await answer.text()).toContain(id)
    expect(await timesAccepted(id)).toBe(0)
    await world.expectSound('F4')
  })

  it('F5 after Meta accepted, before it is written: settled by the webhook, and sent once', async () => {
    await dieAt('dispatcher.after_response=kill', 1)
    await world.atRest()
    const id = await findSettledByWebhook()
    expect(id).toBeDefined()
    expect(await timesAccepted(id ?? '')).toBe(1)
    await world.expectSound('F5')
  })

  it('F6 half-way through the request: in doubt, and Meta has seen no complete one', async () => {
    const service = await world.start('one')
    const cut = world.proxies.meta?.cutOnce(
      'to_server',
      (piece) => piece.includes('/messages'),
      200,
    )
    const before = (await world.emulator.accepted()).length
    const doubtsBefore = (await doubts()).length
    const confirmed = world.load.publish(1)
    await cut
    service.signal('SIGKILL')
    await confirmed
    await world.start('one')
    await world.until('it is in doubt', async () => (await doubts()).length > doubtsBefore)
    expect((await world.emulator.accepted()).length).toBe(before)
    await world.expectSound('F6')
  })

  it('F7 before the commit of a webhook: Meta has no 200, and repeats it', async () => {
    const lostBefore = (await answersToMeta(world.emulator)).filter(
      (status) => status === null,
    ).length
    await dieAt('webhook.before_commit=kill')
    await world.expectSound('F7')
    const lost = (await answersToMeta(world.emulator)).filter((status) => status === null).length
    expect(lost).toBeGreaterThan(lostBefore)
  })

  it('F8 between the commit of a webhook and its 200: repeated, and nothing changes', async () => {
    const before = await countFacts(world)
    await dieAt('webhook.before_200=kill')
    await world.expectSound('F8')
    // sent, delivered and read of each message
    expect(await countFacts(world)).toBe(before + 5 * 3)
  })

  it('F9 in the middle of a batch of webhooks: nothing of it is written, then all of it', async () => {
    await world.emulator.control('POST', 'webhooks', { batch_size: 50, batch_window_ms: 100 })
    const before = await countFacts(world)
    const readBefore = (await world.inState('read')).length
    const service = await world.start('one', { failpoints: 'webhook.item=kill' })
    const confirmed = world.load.publish(20)
    expect(await service.ended).toEqual({ code: null, signal: 'SIGKILL' })
    expect(await countFacts(world)).toBe(before)
    await world.start('one')
    await confirmed
    await world.expectSound('F9')
    // A send that the kill kept from Meta stays in doubt, and has no webhooks.
    const read = (await world.inState('read')).length - readBefore
    expect(read).toBeGreaterThan(0)
    expect(await countFacts(world)).toBe(before + read * 3)
    await world.emulator.control('POST', 'webhooks', { batch_size: 1, batch_window_ms: 20 })
  })
})

describeFaults('a process that is told to stop', (suite) => {
  it(
    'F12 ends within 15 s under load, and leaves nothing in doubt',
    { timeout: 3_600_000 },
    async () => {
      const times = suite().isFull ? 50 : 5
      const world = await suite().openForTest({ mix: 'ordinary', environment: PATIENT })
      await world.start('two')
      world.load.start(40)
      let slowest = 0
      for (let time = 0; time < times; time += 1) {
        const service = await world.start('one')
        await setTimeout(200)
        const told = performance.now()
        service.signal('SIGTERM')
        expect(await service.ended).toEqual({ code: 0, signal: null })
        slowest = Math.max(slowest, performance.now() - told)
      }
      const report = await world.expectSound(
        `F12 ${times} SIGTERM, slowest ${Math.round(slowest)} ms`,
      )
      expect(slowest).toBeLessThan(15_000)
      expect(report.inDoubt).toBe(0)
    },
  )
})

describeFaults('a process that is frozen for longer than its lease', (suite) => {
  const freezeAt = async (failpoint: string) => {
    const world = await suite().openForTest({ mix: 'ordinary' })
    await world.start('others', { roles: 'api,webhook,consumer' })
    const frozen = await world.start('one', {
      roles: 'dispatcher',
      failpoints: `${failpoint}=pause`,
    })
    await world.load.publish(1)
    await world.start('two', { roles: 'dispatcher' })
    await world.until('its lease is over', async () => {
      const { in_doubt: doubtful = 0, read = 0 } = await world.states()
      return doubtful + read === 1
    })
    return { world, frozen }
  }

  it('F13 after the intent: it wakes up too late to send, and the message is sent once', async () => {
    const { world, frozen } = await freezeAt('dispatcher.after_intent')
    // Its own deadline between intent and socket is 5 s.
    await setTimeout(3000)
    expect(await world.emulator.accepted()).toEqual([])
    frozen.signal('SIGCONT')
    await world.until('it is read', async () => (await world.inState('read')).length === 1)
    const report = await world.expectSound('F13 after the intent')
    expect(report).toMatchObject({ accepted: 1, held: 0 })
  })

  it('F13 after the write: the webhook settles it, and the late answer changes nothing', async () => {
    const { world, frozen } = await freezeAt('dispatcher.after_response')
    frozen.signal('SIGCONT')
    const report = await world.expectSound('F13 after the write')
    expect(report).toMatchObject({ accepted: 1, held: 0 })
  })
})

describeFaults('a migration', (suite) => {
  it('F14 that is killed half-way leaves nothing behind; of two that start, one applies', async () => {
    const databaseUrl = await suite().postgres.createDatabase()
    const world = await suite().openForTest({ mix: 'ordinary', databaseUrl })
    const killed = await world.launch('one', { failpoints: 'migration.before_commit:2=kill' })
    expect(await killed.ended).toEqual({ code: null, signal: 'SIGKILL' })
    await Promise.all([world.start('one'), world.start('two')])
    const applied = await world.query<{ name: string }>('select name from aviso_migrations')
    expect(new Set(applied.map(({ name }) => name)).size).toBe(applied.length)
    await world.load.publish(5)
    await world.expectSound('F14')
  })
})

async function countFacts(world: FaultWorld): Promise<number> {
  const rows = await world.query<{ count: number }>(
    'select count(*)::int as count from whatsapp_facts',
  )
  return rows[0]?.count ?? 0
}
