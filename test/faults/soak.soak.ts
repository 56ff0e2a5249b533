import { setTimeout } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { createRandom } from '../../src/emulator/random.ts'
import { describeFaults } from './support/describe-faults.ts'
import type { FaultSuite } from './support/describe-faults.ts'
import type { FaultWorld } from './support/fault-world.ts'

const EVERY_MS = 5000
const NAMES = ['one', 'two'] as const
const minutes = Number(process.env['AVISO_SOAK_MINUTES'] ?? 1)

type Nemesis = (world: FaultWorld, suite: FaultSuite, name: (typeof NAMES)[number]) => Promise<void>

/** What may happen to a service in a bad week; each is over when it resolves. */
const FAULTS: Readonly<Record<string, Nemesis>> = {
  'a process is killed': async (world, _suite, name) => {
    await world.launch(name)
  },
  'a process is told to stop, and starts again': async (world, _suite, name) => {
    await world.stop(name)
    await world.launch(name)
  },
  'the database crashes': (_world, { postgres }) => postgres.restart('immediate'),
  'the database only reads': async (_world, { postgres }) => {
    await postgres.set('default_transaction_read_only', 'on')
    await setTimeout(1000)
    await postgres.set('default_transaction_read_only', null)
  },
  'the broker is killed': async (_world, { rabbitmq }) => {
    rabbitmq.kill()
    await rabbitmq.boot()
  },
  'the lines to the database are cut': (world) => interrupt(world, 'postgres', 'cut'),
  'the lines to the broker are cut': (world) => interrupt(world, 'rabbitmq', 'cut'),
  'the lines to Meta are cut': (world) => interrupt(world, 'meta', 'cut'),
  'the lines to the broker go silent': (world) => interrupt(world, 'rabbitmq', 'freeze'),
  'the lines to the database go silent': (world) => interrupt(world, 'postgres', 'freeze'),
  'Meta fails': (world) => misbehave(world, 'graph_500'),
  'the answers of Meta are lost': (world) => misbehave(world, 'accept_then_cut'),
  'webhooks come twice': (world) => setFate(world, 'duplicated'),
  'webhooks come before the answer': (world) => setFate(world, 'early'),
  'webhooks come in another order': (world) => setFate(world, 'shuffled'),
}

async function interrupt(
  world: FaultWorld,
  what: 'postgres' | 'rabbitmq' | 'meta',
  how: 'cut' | 'freeze',
): Promise<void> {
  world.proxies[what]?.[how]()
  await setTimeout(1500)
  world.proxies[what]?.restore()
}

async function misbehave(world: FaultWorld, behaviour: string): Promise<void> {
  await world.emulator.control('POST', 'script', { behaviour, times: null })
  await setTimeout(1500)
  await world.emulator.control('DELETE', 'script')
}

async function setFate(world: FaultWorld, fate: string): Promise<void> {
  await world.emulator.control('POST', 'webhooks', { fate })
  await setTimeout(3000)
  await world.emulator.control('POST', 'webhooks', { fate: 'normal' })
}

describeFaults('a service in a bad week', (suite) => {
  it('loses nothing and sends nothing twice', { timeout: (minutes + 20) * 60_000 }, async () => {
    const { seed } = suite()
    const random = createRandom(seed)
    const world = await suite().openForTest({ proxied: ['postgres', 'rabbitmq', 'meta'] })
    for (const name of NAMES) await world.start(name)
    world.load.start(40)
    const names = Object.keys(FAULTS)
    const counts = new Map<string, number>()
    const until = performance.now() + minutes * 60_000
    while (performance.now() < until) {
      const begun = performance.now()
      const fault = names[random.int(names.length)] ?? ''
      const name = NAMES[random.int(NAMES.length)] ?? 'one'
      await FAULTS[fault]?.(world, suite(), name)
      counts.set(fault, (counts.get(fault) ?? 0) + 1)
      await setTimeout(Math.max(0, EVERY_MS - (performance.now() - begun)))
    }
    for (const name of NAMES) await world.start(name)
    await world.untilSending()
    await world.letWebhooksFlow()
    const faults = [...counts.values()].reduce((sum, count) => sum + count, 0)
    const report = await world.expectSound(`soak of ${minutes} minutes, ${faults} faults`)
    for (const [fault, count] of counts) process.stdout.write(`  ${count} × ${fault}\n`)
    expect(report.acked).toBe(report.events)
  })
})
