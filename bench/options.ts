/** The command line of `npm run bench`. */

import { parseArgs } from 'node:util'

export interface Options {
  full: boolean
  /** Names of figures, or how they begin; null: those of the run. */
  only: string[] | null
  /** Null: all of the figure. */
  contestants: string[] | null
  rounds: number
  /** Of a drain, roughly; of an open loop, exactly. Null: the figure's own. */
  seconds: number | null
  build: boolean
  profile: boolean
  writeDocs: boolean
  list: boolean
}

export const USAGE = `usage: npm run bench -- [options]

  (none)               drain and open loop at 1,000 orders a second, all contestants, five rounds
  --full               every figure, one after the other; takes an hour or more
  --only NAME,…        figures whose name is this or begins with it; --list shows them
  --contestants NAME,… only these
  --rounds N           rounds of each figure (5)
  --seconds N          length of a round (drain about 10, open loop 30, 60 with --full)
  --profile            CPU profile and statement statistics of Aviso, instead of fair figures
  --write-docs         results, tables and plots go to docs/benchmarks.md and docs/benchmarks/
  --no-build           dist/ as it is
  --list               the figures`

/** @returns a text where the arguments are wrong */
export function readOptions(args: string[]): Options | string {
  let values
  try {
    ;({ values } = parseArgs({
      args,
      allowPositionals: false,
      allowNegative: true,
      options: {
        full: { type: 'boolean', default: false },
        only: { type: 'string' },
        contestants: { type: 'string' },
        rounds: { type: 'string', default: '5' },
        seconds: { type: 'string' },
        build: { type: 'boolean', default: true },
        profile: { type: 'boolean', default: false },
        'write-docs': { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
      },
    }))
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`
  }
  const rounds = positive(values.rounds)
  const seconds = values.seconds === undefined ? null : positive(values.seconds)
  if (rounds === undefined || seconds === undefined) {
    return `--rounds and --seconds take a number above 0\n\n${USAGE}`
  }
  const { full, build, profile, list } = values
  return {
    full,
    build,
    profile,
    list,
    rounds,
    seconds,
    only: names(values.only),
    contestants: names(values.contestants),
    writeDocs: values['write-docs'],
  }
}

function positive(text: string): number | undefined {
  const value = Number(text)
  return Number.isInteger(value) && value > 0 ? value : undefined
}

function names(text: string | undefined): string[] | null {
  return text === undefined ? null : text.split(',').filter((name) => name !== '')
}
