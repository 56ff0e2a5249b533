/**
 * Named places where a test makes this process die, stop, fail or wait. A place costs one check of a
 * constant: `if (FAILPOINTS) await reach('intake.before_commit')`.
 *
 * `AVISO_FAILPOINTS` arms them, and only where `AVISO_TEST` is `failpoints` as well; both are read from
 * the process's own environment, never from `.env`. Several are separated by spaces:
 *
 *   name[:nth]=kill | pause | throw | delay[:ms]
 *
 * `nth` is the passage at which it happens, once; 1 without it, `*` for every passage.
 */

import { setTimeout } from 'node:timers/promises'

export const FAILPOINT_NAMES = [
  /** A batch of events is decided and not written. */
  'intake.before_commit',
  /** An event is committed and not acknowledged to the broker. */
  'intake.before_ack',
  /** Claim and intent are one commit: it is done, and nothing was given to a socket. */
  'dispatcher.after_intent',
  /** Meta has answered, and nobody else knows. */
  'dispatcher.after_response',
  /** A batch of answers is about to be written. */
  'dispatcher.before_record',
  /** Facts of a batch are written, the changes they make are not, nothing is committed. */
  'webhook.item',
  /** Everything of a batch is written, and not committed. */
  'webhook.before_commit',
  /** A webhook is committed and not answered. */
  'webhook.before_200',
  /** The broker has confirmed a batch of events, and they are not forgotten yet. */
  'outgoing.after_confirm',
  /** A migration has run and is not committed. */
  'migration.before_commit',
] as const

export type FailpointName = (typeof FAILPOINT_NAMES)[number]

type Action = { kind: 'kill' | 'pause' | 'throw' } | { kind: 'delay'; ms: number }

interface Armed {
  /** The passage at which it acts; Infinity: at every one. */
  nth: number
  action: Action
  passages: number
}

const DEFAULT_DELAY_MS = 1000
const RULE = /^([a-z_]+\.[a-z_0-9]+)(?::(\d+|\*))?=(kill|pause|throw|delay)(?::(\d+))?$/

const armed = readFailpoints(process.env)

/** False in every process but a test's: then no place does anything. */
export const FAILPOINTS: boolean = armed.size > 0

/**
 * Does here what the environment says. Call it behind `FAILPOINTS` alone.
 *
 * @throws Error for `throw`
 */
export async function reach(name: FailpointName): Promise<void> {
  const point = armed.get(name)
  if (point === undefined) return
  point.passages += 1
  if (Number.isFinite(point.nth) && point.passages !== point.nth) return
  process.stderr.write(`failpoint ${name}: ${point.action.kind}\n`)
  switch (point.action.kind) {
    case 'kill':
      process.kill(process.pid, 'SIGKILL')
      return
    case 'pause':
      process.kill(process.pid, 'SIGSTOP')
      return
    case 'throw':
      throw new Error(`failpoint ${name}`)
    case 'delay':
      await setTimeout(point.action.ms)
  }
}

/**
 * @throws Error for a rule that is none: a test that arms nothing would prove nothing
 */
export function readFailpoints(env: NodeJS.ProcessEnv): Map<FailpointName, Armed> {
  const rules = (env['AVISO_FAILPOINTS'] ?? '').split(/\s+/).filter((rule) => rule !== '')
  if (rules.length === 0 || env['AVISO_TEST'] !== 'failpoints') return new Map()
  return new Map(rules.map(readRule))
}

function readRule(rule: string): [FailpointName, Armed] {
  const [, given, nth = '1', kind, ms] = RULE.exec(rule) ?? []
  const name = FAILPOINT_NAMES.find((one) => one === given)
  if (name === undefined || kind === undefined) {
    throw new Error(
      `AVISO_FAILPOINTS: ${rule} is no failpoint; name[:nth]=kill|pause|throw|delay[:ms]`,
    )
  }
  const action: Action =
    kind === 'delay'
      ? { kind, ms: Number(ms ?? DEFAULT_DELAY_MS) }
      : { kind: kind as 'kill' | 'pause' | 'throw' }
  return [name, { nth: nth === '*' ? Number.POSITIVE_INFINITY : Number(nth), action, passages: 0 }]
}
