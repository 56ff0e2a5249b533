/** What is measured: each figure with its contestants, its load and its goals. */

import { aviso } from './contestants/aviso.ts'
import {
  LARGE,
  SMALL,
  firstFreeOrder,
  hasHistory,
  migrateHistory,
  warmKeys,
} from './history/make-history.ts'
import { plainContestant } from './contestants/plain-orders.ts'
import type { AnyFigure, Entrant } from './figure.ts'
import type { StandInSettings } from './load/protocol.ts'
import type { Bench } from './rounds/bench.ts'
import { runMemory } from './special/memory.ts'
import { runReads } from './special/reads.ts'
import { runSandbox } from './special/sandbox.ts'

const INSTANT: StandInSettings = { answerAfterMs: 0, statusesPerPost: 1, connections: 128 }

const one: Entrant = { contestant: aviso(), guess: 1500, warmUp: 6000 }
const ceiling: Entrant = { contestant: plainContestant('ceiling'), guess: 3000, warmUp: 6000 }
const naive: Entrant = { contestant: plainContestant('naive'), guess: 200, warmUp: 600 }

/** Both have the schema of today; the large one is used as it is, and grows. */
const past: Entrant[] = [
  {
    ...one,
    contestant: aviso({ name: 'aviso_5m' }),
    database: async ({ postgres }) => {
      migrateHistory(postgres, LARGE)
      await warmKeys(postgres, LARGE)
      return { name: LARGE.database, ordersFrom: await firstFreeOrder(postgres, LARGE) }
    },
  },
  { ...one, contestant: aviso({ name: 'aviso_10k', template: SMALL.database }) },
]

async function missingHistory({ postgres }: Bench): Promise<string | null> {
  for (const history of [SMALL, LARGE]) {
    if (!(await hasHistory(postgres, history))) return 'run npm run bench:history first'
  }
  migrateHistory(postgres, SMALL)
  return null
}

export const figures: readonly AnyFigure[] = [
  {
    kind: 'load',
    name: 'drain',
    title: 'A filled queue, one status a webhook, instant answers',
    short: true,
    contestants: [one, ceiling, naive],
    standIn: INSTANT,
    goals: [
      { of: 'aviso.orders_per_second', atLeast: 2500 },
      { of: 'aviso/naive', atLeast: 10 },
      { of: 'aviso/ceiling', atLeast: 0.8 },
      { of: 'aviso.cpu_us_per_order.service', atMost: 250 },
      { of: 'aviso.hot_share', atLeast: 0.95 },
    ],
  },
  {
    kind: 'load',
    name: 'open_1000',
    title: '1,000 orders a second offered, each at its own time',
    short: true,
    contestants: [one],
    standIn: INSTANT,
    perSecond: 1000,
    goals: [
      { of: 'aviso.webhook_p50_ms', atMost: 10 },
      { of: 'aviso.webhook_p99_ms', atMost: 40 },
      { of: 'aviso.accept_p99_ms', atMost: 50 },
    ],
  },
  {
    kind: 'load',
    name: 'open_1500',
    title: '1,500 orders a second offered, each at its own time',
    short: false,
    contestants: [one],
    standIn: INSTANT,
    perSecond: 1500,
    goals: [{ of: 'aviso.webhook_p99_ms', atMost: 80 }],
  },
  {
    kind: 'load',
    name: 'drain_100ms',
    title: 'A filled queue, answers after 100 ms',
    short: false,
    contestants: [one, { ...naive, guess: 9, warmUp: 20 }],
    standIn: { ...INSTANT, answerAfterMs: 100 },
    goals: [{ of: 'aviso/naive', atLeast: 150 }],
  },
  {
    kind: 'load',
    name: 'drain_20',
    title: 'A filled queue, twenty statuses a webhook',
    short: false,
    contestants: [one, ceiling],
    standIn: { ...INSTANT, statusesPerPost: 20 },
    goals: [{ of: 'aviso.orders_per_second', atLeast: 4500 }],
  },
  {
    kind: 'load',
    name: 'processes',
    title: 'A filled queue, one, two and four processes with every role',
    short: false,
    contestants: [
      one,
      ...[2, 4].map((processes) => ({
        contestant: aviso({ name: `aviso_${processes}`, processes }),
        guess: 1000,
        warmUp: 4000,
      })),
    ],
    standIn: INSTANT,
    goals: [],
  },
  {
    kind: 'load',
    name: 'publish_all',
    title: 'A filled queue, AVISO_PUBLISH=# beside the default',
    short: false,
    contestants: [
      one,
      { ...one, contestant: aviso({ name: 'aviso_publish_all', env: { AVISO_PUBLISH: '#' } }) },
    ],
    standIn: INSTANT,
    goals: [],
  },
  {
    kind: 'load',
    name: 'limiters',
    title: '800 orders a second offered, with and without a limit of 1,000 a second for the number',
    short: false,
    contestants: [
      one,
      { ...one, contestant: aviso({ name: 'aviso_limited', env: { AVISO_MAX_MPS: '1000' } }) },
    ],
    standIn: INSTANT,
    perSecond: 800,
    goals: [],
  },
  {
    kind: 'load',
    name: 'peer',
    title: 'A filled queue; the same job on a PostgreSQL job queue',
    short: false,
    contestants: [
      one,
      { contestant: plainContestant('graphile-worker'), guess: 500, warmUp: 1000 },
    ],
    standIn: INSTANT,
    goals: [],
  },
  // Before the rounds: what they leave is minutes old, in no sum yet, and counted message by message.
  {
    kind: 'other',
    name: 'history_reads',
    title: 'Reads of the API, with five million and with ten thousand orders of the past',
    short: false,
    run: runReads,
    goals: [{ of: 'worst ratio', atMost: 1.5 }],
    missing: missingHistory,
  },
  {
    kind: 'load',
    name: 'history',
    title: 'A filled queue, with five million and with ten thousand orders of the past',
    short: false,
    contestants: past,
    standIn: INSTANT,
    goals: [
      { of: 'aviso_5m/aviso_10k', atLeast: 0.9 },
      { of: 'aviso_5m/aviso_10k.postgres_cpu', atMost: 1.3 },
    ],
    missing: missingHistory,
  },
  {
    kind: 'other',
    name: 'memory',
    title: 'Memory of one process while a million orders go through it',
    short: false,
    run: runMemory,
    goals: [{ of: 'last tenth to second', atMost: 1.1 }],
  },
  {
    kind: 'other',
    name: 'sandbox',
    title: 'The sandbox: embedded database and emulator in one process',
    short: false,
    run: runSandbox,
    goals: [
      { of: 'sandbox.orders_per_second', atLeast: 300 },
      { of: 'sandbox.second_start_s', atMost: 5 },
    ],
  },
]

/** @returns a text where a name fits no figure */
export function chooseFigures(
  only: readonly string[] | null,
  full: boolean,
): readonly AnyFigure[] | string {
  if (only === null) return figures.filter(({ short }) => short || full)
  const chosen: AnyFigure[] = []
  for (const name of only) {
    const exact = figures.filter((figure) => figure.name === name)
    const found =
      exact.length > 0 ? exact : figures.filter((figure) => figure.name.startsWith(name))
    if (found.length === 0) return `no figure is called ${name}; --list shows them`
    chosen.push(...found)
  }
  return chosen
}
