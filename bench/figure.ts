/** What a figure is: see figures.ts for those there are. */

import type { Contestant } from './contestants/contestant.ts'
import type { StandInSettings } from './load/protocol.ts'
import type { Summary } from './measure/summary.ts'
import type { Bench } from './rounds/bench.ts'

interface Common {
  name: string
  title: string
  /** Part of a run without --full. */
  short: boolean
  goals: readonly Goal[]
  /** Looked at before anything runs. @returns what is missing, in words */
  missing?: (bench: Bench) => Promise<string | null>
}

/** Orders through contestants, in interleaved rounds. */
export interface Figure extends Common {
  kind: 'load'
  contestants: readonly Entrant[]
  standIn: StandInSettings
  /** Undefined: a drain. */
  perSecond?: number
}

/** Something else, with a procedure of its own. */
export interface OtherFigure extends Common {
  kind: 'other'
  run(bench: Bench, options: OtherOptions): Promise<OtherLine>
}

export type AnyFigure = Figure | OtherFigure

export interface OtherOptions {
  rounds: number
  seconds: number | null
}

export interface OtherLine {
  rounds: number
  values: Record<string, unknown>
  /** What goals may name. */
  medians: Values
  verified: boolean
  wrong: string[]
}

export interface Entrant {
  contestant: Contestant
  /** A kept database; undefined: a fresh one each round. Called before each round. */
  database?: (bench: Bench) => Promise<{ name: string; ordersFrom: number }>
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
