import { readCallbackData } from '../../src/message/message.ts'
import type { MessageState } from '../../src/message/message.ts'
import { DELIVERY_RANK, expectedState } from '../faults/support/expected-state.ts'
import type { Model } from './model-database.ts'
import type { ModelMessage } from './model-rows.ts'
import type { MetaStatus } from './plan-webhooks.ts'

/** What really happened, kept beside the service and compared with what it says. */
export interface Ledger {
  readonly violations: string[]
  readonly acceptances: number
  readonly doubts: number
  violate(what: string): void
  /** Meta has taken this call; `isMetasFault`: by no call of ours. */
  accept(id: string, attempt: number, wamid: string, isMetasFault?: boolean): void
  /** The acceptance is written. */
  learn(id: string, attempt: number, wamid: string): void
  /** Of these statuses a commit has told us. */
  tell(statuses: readonly MetaStatus[]): void
  /** Statuses whose id has become known count from now on. */
  settleOrphans(): void
  /** A person has decided: with `resend` and `retry` that it may be sent again. */
  decide(id: string, decision: 'sent' | 'not_sent' | 'resend' | 'retry'): void
  /** After each step: nothing has gone back. */
  watch(): void
  /** At rest: everything is as it must be. */
  close(): void
}

interface Life {
  accepted: { attempt: number; wamid: string; isMetasFault: boolean }[]
  /** Sends again that somebody allowed. */
  allowed: number
  /** Ids of Meta's that a commit has told of, with the attempt. */
  known: Map<string, number>
  statuses: { attempt: number; status: string }[]
  /** Before that retry nothing counts any more, but for a delivery. */
  retries: number
  lastState: MessageState
  lastRank: number
  lastRetries: number
  wasDoubtful: boolean
}

const UNDECIDED: readonly MessageState[] = ['queued', 'claimed', 'sending', 'held', 'in_doubt']
const WITHOUT_EVIDENCE: readonly MessageState[] = ['unconfirmed', 'failed', 'expired', 'canceled']

export function createLedger(model: Model, policy: 'hold' | 'resend'): Ledger {
  const violations: string[] = []
  const lives = new Map<string, Life>()
  const orphans: MetaStatus[] = []
  const owners = new Map<string, { id: string; attempt: number }>()
  const lifeOf = (id: string): Life => {
    const life = lives.get(id) ?? {
      accepted: [],
      allowed: policy === 'resend' ? 1 : 0,
      known: new Map<string, number>(),
      statuses: [],
      retries: 0,
      lastState: 'queued' as const,
      lastRank: 0,
      lastRetries: 0,
      wasDoubtful: false,
    }
    lives.set(id, life)
    return life
  }
  const violate = (what: string): void => {
    if (violations.length < 10) violations.push(what)
  }
  const learn = (id: string, attempt: number, wamid: string): void => {
    lifeOf(id).known.set(wamid, attempt)
  }
  const hear = (id: string, attempt: number, { id: wamid, status }: MetaStatus): void => {
    learn(id, attempt, wamid)
    lifeOf(id).statuses.push({ attempt, status })
  }
  return {
    violations,
    get acceptances() {
      return [...lives.values()].reduce((sum, { accepted }) => sum + accepted.length, 0)
    },
    get doubts() {
      return [...lives.values()].filter(({ wasDoubtful }) => wasDoubtful).length
    },
    violate,
    accept(id, attempt, wamid, isMetasFault = false) {
      const life = lifeOf(id)
      owners.set(wamid, { id, attempt })
      life.accepted.push({ attempt, wamid, isMetasFault })
      const ours = life.accepted.filter((one) => !one.isMetasFault).length
      // G4: without a decision Meta is given a message once.
      if (ours > 1 + life.allowed) violate(`${id} is accepted ${String(ours)} times`)
    },
    learn,
    tell(statuses) {
      for (const status of statuses) {
        const named = readCallbackData(status.biz_opaque_callback_data)
        if (named !== undefined) hear(named.messageId, named.attempt, status)
        else orphans.push(status)
      }
    },
    settleOrphans() {
      for (const status of orphans.splice(0)) {
        const owner = owners.get(status.id)
        const isKnown = owner !== undefined && lifeOf(owner.id).known.has(status.id)
        if (isKnown) hear(owner.id, owner.attempt, status)
        else orphans.push(status)
      }
    },
    decide(id, decision) {
      const life = lifeOf(id)
      if (decision === 'resend' || decision === 'retry') life.allowed += 1
      if (decision === 'retry') life.retries += 1
    },
    watch() {
      for (const message of model.messages.values()) {
        const life = lifeOf(message.id)
        const isRetried = message.retries > life.lastRetries
        const now = rankOf(message.state)
        // G6: only a person takes a step back. What failed without ever having been accepted, as far as
        // anybody knew, yields to evidence of an attempt before.
        if (now < life.lastRank && !isRetried)
          violate(`${message.id}: ${life.lastState} to ${message.state}`)
        // Evidence that is committed counts at once, and not when somebody looks again.
        const isEvident = life.retries === 0 && life.known.size > 0
        if (isEvident && now === 0) violate(`${message.id} is ${message.state}, and has evidence`)
        life.lastState = message.state
        life.lastRank = message.wamid === null ? 0 : now
        life.lastRetries = message.retries
        life.wasDoubtful ||= message.state === 'in_doubt' || message.state === 'unconfirmed'
      }
    },
    close() {
      for (const message of model.messages.values())
        checkAtRest(message, lifeOf(message.id), violate)
      for (const orphan of orphans) {
        const owner = owners.get(orphan.id)
        if (owner !== undefined && lifeOf(owner.id).known.has(orphan.id)) {
          violate(`${orphan.id} ${orphan.status} is left an orphan`)
        }
      }
    },
  }
}

function checkAtRest(message: ModelMessage, life: Life, violate: (what: string) => void): void {
  const { id, state } = message
  // G5: nothing is forgotten.
  if (UNDECIDED.includes(state)) violate(`${id} is ${state} at rest`)
  const counting = life.statuses.filter(
    ({ attempt, status }) =>
      attempt > message.retriedThrough || ['delivered', 'read', 'played'].includes(status),
  )
  const isAccepted = [...life.known.values()].some((attempt) => attempt > message.retriedThrough)
  if (counting.length > 0 || isAccepted) {
    // G7, G10: what a commit has told is what the message shows.
    const words = counting.map(({ status }) => (status === 'played' ? 'read' : status))
    const expected = expectedState(words)
    if (state !== expected) violate(`${id} is ${state}, and Meta said ${expected}`)
  } else if (!WITHOUT_EVIDENCE.includes(state) && message.resolvedAs !== 'sent') {
    violate(`${id} is ${state} without evidence`)
  }
  checkTwice(message, life, violate)
}

/** That Meta took it twice is said as soon as both are known, and never without. */
function checkTwice(message: ModelMessage, life: Life, violate: (what: string) => void): void {
  const isTwice = life.known.size > 1
  if (message.duplicateSent && !isTwice) violate(`${message.id} is marked as sent twice`)
  if (life.retries === 0 && isTwice && !message.duplicateSent) {
    violate(`${message.id} was sent twice, and nobody is told`)
  }
}

function rankOf(state: MessageState): number {
  return DELIVERY_RANK[state] ?? 0
}
