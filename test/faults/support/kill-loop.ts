import { setTimeout } from 'node:timers/promises'
import { createRandom } from '../../../src/emulator/random.ts'
import type { Random } from '../../../src/emulator/random.ts'
import type { FailpointName } from '../../../src/lib/failpoint.ts'
import type { FaultWorld } from './fault-world.ts'

/** Where a process of all roles may be killed in the middle of its work. */
export const KILL_POINTS: readonly FailpointName[] = [
  'intake.before_commit',
  'intake.before_ack',
  'dispatcher.after_intent',
  'dispatcher.after_response',
  'dispatcher.before_record',
  'webhook.item',
  'webhook.before_commit',
  'webhook.before_200',
]

export interface KillLoopOptions {
  kills: number
  /** Names of the processes; each dies and comes back for itself. */
  names: readonly string[]
  seed: number
  /** A process that is armed and does not come by is killed after so long all the same; 10 s. */
  lifeMs?: number
}

const LIFE_MS = 10_000
/** A process lives so long at most after it is ready, where it dies at no named point. */
const RANDOM_LIFE_MS = 600
const MAX_PASSAGE = 4

/**
 * Kills the named processes again and again, two of three times at a named point, each point as often as
 * the others, else at a random moment, and starts each anew at once.
 *
 * @returns how often each way of dying came
 */
export async function runKillLoop(
  world: FaultWorld,
  { kills, names, seed, lifeMs = LIFE_MS }: KillLoopOptions,
): Promise<Map<string, number>> {
  const random = createRandom(seed)
  const deaths = new Map<string, number>()
  let done = 0
  const live = async (name: string): Promise<void> => {
    while (done < kills) {
      const life = { point: pointOf(done++), nth: 1 + random.int(MAX_PASSAGE), lifeMs, random }
      const death = await dieOnce(world, name, life)
      deaths.set(death, (deaths.get(death) ?? 0) + 1)
    }
    await world.start(name)
  }
  await Promise.all(names.map(live))
  return deaths
}

/** Of three deaths the third is at a random moment. */
function pointOf(death: number): FailpointName | undefined {
  if (death % 3 === 2) return undefined
  const named = death - Math.floor(death / 3)
  return KILL_POINTS[named % KILL_POINTS.length]
}

async function dieOnce(
  world: FaultWorld,
  name: string,
  life: { point: FailpointName | undefined; nth: number; lifeMs: number; random: Random },
): Promise<string> {
  const { point, nth } = life
  const service = await world.launch(
    name,
    point === undefined ? {} : { failpoints: `${point}:${nth}=kill` },
  )
  // An armed one may be dead before it is ready.
  const isReady = await service.untilReady().then(
    () => true,
    () => false,
  )
  if (isReady) {
    const ms = point === undefined ? life.random.int(RANDOM_LIFE_MS) : life.lifeMs
    await Promise.race([service.ended, setTimeout(ms)])
  }
  const isArmed = service.isRunning
  service.signal('SIGKILL')
  await service.ended
  return point === undefined || isArmed ? 'at a random moment' : point
}
