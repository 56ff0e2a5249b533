/** What is measured: each figure with its contestants, its load and its goals. */

import { aviso } from './contestants/aviso.ts'
import type { Contestant } from './contestants/contestant.ts'
import { plainContestant } from './contestants/plain-orders.ts'
import type { StandInSettings } from './load/protocol.ts'
import type { Summary } from './measure/summary.ts'

export interface Figure {
  name: string
  title: string
  /** Part of a run without --full. */
  short: boolean
  contestants: readonly Entrant[]
  standIn: StandInSettings
  /** Undefined: a drain. */
  perSecond?: number
  goals: readonly Goal[]
}

export interface Entrant {
  contestant: Contestant
  /** Orders a second before anything was measured: how many orders make a round of the wanted length. */
  guess: number
  warmUp: number
}

export interface Goal {
  /** Where the value stands in the figure's line, e.g. `aviso.orders_per_second` or `aviso/naive`. */
  of: string
  /** Medians are compared; `atMost` and `atLeast` exclude each other. */
  atLeast?: number
  atMost?: number
}

/** A figure's values, by the same names as in goals. */
export type Values = Record<string, Summary | null>

const INSTANT: StandInSettings = { answerAfterMs: 0, statusesPerPost: 1, connections: 128 }

const one: Entrant = { contestant: aviso(), guess: 1000, warmUp: 2000 }
const ceiling: Entrant = { contestant: plainContestant('ceiling'), guess: 2000, warmUp: 2000 }
const naive: Entrant = { contestant: plainContestant('naive'), guess: 200, warmUp: 200 }

export const figures: readonly Figure[] = [
  {
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
    ],
  },
  {
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
    name: 'open_1500',
    title: '1,500 orders a second offered, each at its own time',
    short: false,
    contestants: [one],
    standIn: INSTANT,
    perSecond: 1500,
    goals: [{ of: 'aviso.webhook_p99_ms', atMost: 80 }],
  },
  {
    name: 'drain_100ms',
    title: 'A filled queue, answers after 100 ms',
    short: false,
    contestants: [one, { ...naive, guess: 9, warmUp: 20 }],
    standIn: { ...INSTANT, answerAfterMs: 100 },
    goals: [{ of: 'aviso/naive', atLeast: 150 }],
  },
  {
    name: 'drain_20',
    title: 'A filled queue, twenty statuses a webhook',
    short: false,
    contestants: [one, ceiling],
    standIn: { ...INSTANT, statusesPerPost: 20 },
    goals: [{ of: 'aviso.orders_per_second', atLeast: 4500 }],
  },
  {
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
]

/** @returns a text where a name fits no figure */
export function chooseFigures(
  only: readonly string[] | null,
  full: boolean,
): readonly Figure[] | string {
  if (only === null) return figures.filter(({ short }) => short || full)
  const chosen: Figure[] = []
  for (const name of only) {
    const exact = figures.filter((figure) => figure.name === name)
    const found =
      exact.length > 0 ? exact : figures.filter((figure) => figure.name.startsWith(name))
    if (found.length === 0) return `no figure is called ${name}; --list shows them`
    chosen.push(...found)
  }
  return chosen
}
