/** Resident memory of the service while a million orders go through one process. */

import { aviso } from '../contestants/aviso.ts'
import type { Contestant } from '../contestants/contestant.ts'
import type { OtherLine, OtherOptions } from '../figure.ts'
import { memoryOf } from '../measure/cpu-time.ts'
import { round, summarize } from '../measure/summary.ts'
import type { Bench } from '../rounds/bench.ts'
import { runRound } from '../rounds/round.ts'

const ORDERS = 1_000_000
/** A pace that leaves the machine some rest: a queue of a million would be the broker's memory, not the service's. */
const PER_SECOND = 800
const SAMPLE_MS = 5000
const TENTHS = 10

/** One round, whatever is asked for: it takes twenty minutes. `--seconds` makes it shorter. */
export async function runMemory(bench: Bench, { seconds }: OtherOptions): Promise<OtherLine> {
  const orders = seconds === null ? ORDERS : PER_SECOND * seconds
  const samples: number[] = []
  const result = await runRound(bench, watched(aviso(), samples), {
    warmUp: 6000,
    orders,
    perSecond: PER_SECOND,
    standIn: { answerAfterMs: 0, statusesPerPost: 1, connections: 128 },
  })
  const tenths = Array.from({ length: TENTHS }, (_, tenth) => {
    const size = samples.length / TENTHS
    return summarize(samples.slice(Math.floor(tenth * size), Math.floor((tenth + 1) * size)))
  })
  const [, second] = tenths
  const last = tenths.at(-1)
  const growth = second && last ? round(last.median / second.median) : Number.NaN
  return {
    rounds: 1,
    values: {
      orders,
      orders_per_second: round(result.ordersPerSecond),
      mib_by_tenth_of_the_orders: tenths,
      last_tenth_to_second: growth,
    },
    medians: { 'last tenth to second': { median: growth, min: growth, max: growth } },
    verified: result.wrong.length === 0,
    wrong: result.wrong,
  }
}

/** The same contestant, with its memory in MiB written down every five seconds. */
function watched(contestant: Contestant, samples: number[]): Contestant {
  return {
    ...contestant,
    async start(stage) {
      const running = await contestant.start(stage)
      let timer: NodeJS.Timeout | undefined
      return {
        ...running,
        beginMeasuring() {
          running.beginMeasuring()
          timer = setInterval(() => {
            const memory = memoryOf(running.pids[0] ?? 0)
            if (memory !== null) samples.push(memory.now)
          }, SAMPLE_MS)
        },
        endMeasuring() {
          clearInterval(timer)
          return running.endMeasuring()
        },
      }
    },
  }
}
