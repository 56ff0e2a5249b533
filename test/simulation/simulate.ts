/**
 * One seeded history: an order or two on their way through processes that die and pause, a Meta that
 * fails, webhooks that come early, late, twice and never, and people who decide. The decisions are the
 * service's own code, over the model of its tables; the time is virtual.
 */

import type { Database } from '../../src/db/database.ts'
import { buildRequest } from '../../src/dispatcher/build-request.ts'
import { decideOutcome } from '../../src/dispatcher/decide-outcome.ts'
import { settleAttempt } from '../../src/dispatcher/settle-attempt.ts'
import type { Record as Entry } from '../../src/dispatcher/settle-attempt.ts'
import { createRandom } from '../../src/emulator/random.ts'
import type { Random } from '../../src/emulator/random.ts'
import { resolveMessage, RESOLUTIONS, retryMessage } from '../../src/message/action-store.ts'
import { releaseUngated } from '../../src/message/gate-store.ts'
import { readCallbackData } from '../../src/message/message.ts'
import { claimDue, recordAcceptances, recordSettlements } from '../../src/message/outbox.ts'
import type { ClaimedMessage } from '../../src/message/outbox.ts'
import { sweepDue } from '../../src/message/sweep-store.ts'
import { applyOrphans, applyWebhooks } from '../../src/webhook/apply-webhooks.ts'
import type { WebhookItem } from '../../src/webhook/apply-webhooks.ts'
import { parseWebhook } from '../../src/webhook/parse-webhook.ts'
import { raiseWatermarks } from '../../src/webhook/webhook-store.ts'
import { createLedger } from './ledger.ts'
import type { Ledger } from './ledger.ts'
import { resultOf, TAKES, TOO_LATE, webhookBody } from './meta-answers.ts'
import type { Behaviour } from './meta-answers.ts'
import { createModel, openModel, queueInModel } from './model-database.ts'
import type { Model } from './model-database.ts'
import { nextDue } from './model-outbox.ts'
import type { MetaStatus } from './plan-webhooks.ts'
import { planStatuses } from './plan-webhooks.ts'

export interface History {
  seed: number
  /** Nothing: the history is sound. */
  violations: string[]
  /** Steps of virtual time, in words; only where they are asked for. */
  story: string[]
  acceptances: number
  doubts: number
}

const NUMBER = '106540352242922'
/** An ordinary Tuesday. */
const BEGIN_MS = Date.parse('2026-03-03T10:00:00Z')
const LEASE_SECONDS = 30
const WINDOW_SECONDS = 900
const EXPIRY_MS = 72 * 3_600_000
const TIMEOUT_MS = 10_000
const INTENT_DEADLINE_MS = 5000
const SWEEP_MS = 5000
const MOST_STEPS = 400

const BEHAVIOURS: readonly (readonly [number, Behaviour])[] = [
  [52, 'accepts'],
  [8, 'accepts_and_answer_is_lost'],
  [3, 'accepts_and_gateway_fails'],
  [3, 'accepts_and_garbles'],
  [6, 'swallows'],
  [2, 'gateway_fails'],
  [6, 'fails_before_it'],
  [6, 'is_busy'],
  [2, 'is_down_for_maintenance'],
  [3, 'limits_rate'],
  [2, 'limits_pair'],
  [3, 'refuses_token'],
  [2, 'refuses_recipient'],
  [2, 'refuses_unknown'],
]

interface World {
  readonly model: Model
  readonly database: Database
  readonly random: Random
  readonly ledger: Ledger
  readonly policy: 'hold' | 'resend'
  readonly tell: (step: string) => void
  /** Runs it then; in the order of the times, and of the calls where they are the same. */
  at(ms: number, step: () => Promise<void>): void
  /** Something that a sweep, a claim or a person could act upon may have changed. */
  ids: string[]
}

export async function simulate(seed: number, wantsStory = false): Promise<History> {
  const random = createRandom(seed)
  const model = createModel()
  model.now = BEGIN_MS
  const story: string[] = []
  const queue: { ms: number; step: () => Promise<void> }[] = []
  const policy = random.int(5) === 0 ? 'resend' : 'hold'
  const world: World = {
    model,
    database: openModel(model),
    random,
    ledger: createLedger(model, policy),
    policy,
    tell: (step) => {
      if (wantsStory) story.push(`${((model.now - BEGIN_MS) / 1000).toFixed(3)} s: ${step}`)
    },
    at: (ms, step) => {
      const index = queue.findLastIndex((other) => other.ms <= ms)
      queue.splice(index + 1, 0, { ms, step })
    },
    ids: [],
  }
  const messages = random.int(4) === 0 ? 2 : 1
  for (let index = 0; index < messages; index += 1) {
    const id = idOf(seed, index)
    world.ids.push(id)
    queueInModel(model, id, random.int(2) === 0 ? '+34600' : `+3460${index}`, BEGIN_MS + EXPIRY_MS)
  }
  let steps = 0
  for (; steps < MOST_STEPS; steps += 1) {
    const head = queue[0]
    const lookAt = Math.max(model.now, nextDue(model))
    if (head === undefined && lookAt === Number.POSITIVE_INFINITY) break
    if (head !== undefined && head.ms <= lookAt) {
      queue.shift()
      model.now = Math.max(model.now, head.ms)
      await head.step()
    } else {
      model.now = lookAt
      await look(world)
    }
    world.ledger.watch()
  }
  if (steps === MOST_STEPS) world.ledger.violate('it does not come to rest')
  await comeToRest(world)
  world.ledger.close()
  const { violations, acceptances, doubts } = world.ledger
  return { seed, violations, story, acceptances, doubts }
}

/** What the loops of a process do when a row is due: in one order or the other. */
async function look(world: World): Promise<void> {
  const { model, random } = world
  if (random.int(2) === 0) {
    await sweep(world)
    await claim(world)
  } else {
    await claim(world)
    await sweep(world)
  }
  // Whoever finds nothing to do looks again a little later, as the loops do.
  if (nextDue(model) <= model.now) model.now += random.int(SWEEP_MS)
}

async function sweep({ model, database, policy, tell, random }: World): Promise<void> {
  if (random.int(3) === 0) await flow(model, database)
  const result = await sweepDue(database, WINDOW_SECONDS, policy)
  if (Object.values(result).some((count) => count > 0)) tell(`sweep ${JSON.stringify(result)}`)
}

/** Other messages of the number have statuses: Meta's webhooks are known to arrive. */
function flow(model: Model, database: Database): Promise<void> {
  return raiseWatermarks(database, new Map([[NUMBER, new Date(model.now).toISOString()]]))
}

async function claim(world: World): Promise<void> {
  const { model, database, random, tell } = world
  const { messages } = await claimDue(database, {
    limit: 1 + random.int(10),
    phoneNumberId: NUMBER,
    leaseOwner: 'one',
    leaseSeconds: LEASE_SECONDS,
    gatedTemplates: [],
    onlyTo: null,
    businessAccountId: null,
  })
  for (const message of messages) {
    tell(`claims ${message.id} attempt ${String(message.attempt)}`)
    if (random.int(20) === 0) {
      tell('dies after the intent')
      continue
    }
    const intendedAt = model.now
    const pauseMs = random.int(20) === 0 ? random.int(60_000) : random.int(50)
    world.at(model.now + pauseMs, () => call(world, message, intendedAt))
  }
}

async function call(world: World, message: ClaimedMessage, intendedAt: number): Promise<void> {
  const { model, random, ledger, tell } = world
  if (model.now - intendedAt > INTENT_DEADLINE_MS) {
    tell('wakes up too late, and writes nothing')
    answer(world, message, TOO_LATE, 0)
    return
  }
  const request = buildRequest(message)
  const behaviour = pickBehaviour(random)
  const wamid = `wamid.${message.id}.${String(message.attempt)}`
  tell(`calls ${message.id} attempt ${String(message.attempt)}: Meta ${behaviour}`)
  let latencyMs = random.int(10) === 0 ? random.int(14_000) : random.int(800)
  if (TAKES.includes(behaviour)) {
    const data = String(
      (request as { biz_opaque_callback_data?: unknown }).biz_opaque_callback_data,
    )
    ledger.accept(message.id, message.attempt, wamid)
    if (readCallbackData(data)?.messageId !== message.id)
      ledger.violate('Meta cannot name the message')
    scheduleWebhooks(world, wamid, data)
    // Something in between has repeated the call: Meta has it under two ids.
    if (random.int(200) === 0) {
      ledger.accept(message.id, message.attempt, `${wamid}.again`, true)
      scheduleWebhooks(world, `${wamid}.again`, data)
    }
  }
  const isLate = latencyMs >= TIMEOUT_MS && behaviour !== 'fails_before_it'
  const seen = isLate ? 'swallows' : behaviour
  if (seen === 'swallows' || seen === 'accepts_and_answer_is_lost') latencyMs = TIMEOUT_MS
  if (random.int(25) === 0) {
    tell('dies before the answer')
    return
  }
  answer(world, message, resultOf(seen, wamid), latencyMs)
  await Promise.resolve()
}

function answer(
  world: World,
  message: ClaimedMessage,
  result: ReturnType<typeof resultOf>,
  latencyMs: number,
): void {
  const { model, random, tell } = world
  // A process may be frozen with the answer in its hands, and die before it has written it.
  const pauseMs = random.int(25) === 0 ? random.int(120_000) : random.int(20)
  world.at(model.now + latencyMs + pauseMs, async () => {
    if (random.int(30) === 0) {
      tell('dies with the answer')
      return
    }
    const { failures } = message
    const decision = decideOutcome({ result, failures, random: () => random.next() })
    const entry = settleAttempt(message, result, decision, WINDOW_SECONDS * 1000)
    tell(`${message.id} attempt ${String(message.attempt)}: ${decision.kind}`)
    await record(world, message, entry)
    // The commit's own answer was lost: it is written again.
    if (random.int(20) === 0) await record(world, message, entry)
    if (entry.kind === 'settlement' && entry.row.to_state === 'held') {
      world.at(model.now + 10_000 + random.int(60_000), async () => {
        tell(`releases ${String(await releaseUngated(world.database))}`)
      })
    }
  })
}

async function record(world: World, { id, attempt }: ClaimedMessage, entry: Entry): Promise<void> {
  if (entry.kind === 'settlement') {
    await recordSettlements(world.database, [entry.row])
  } else {
    await recordAcceptances(world.database, [entry.row])
    world.ledger.learn(id, attempt, entry.row.wamid)
    scheduleOrphans(world)
  }
}

function scheduleWebhooks(world: World, wamid: string, callbackData: string): void {
  const { model, random } = world
  for (const { afterMs, statuses } of planStatuses(random, wamid, callbackData, model.now)) {
    world.at(model.now + afterMs, () => deliver(world, statuses))
  }
}

/** Meta posts, and posts again until it is answered with 200. */
async function deliver(world: World, statuses: readonly MetaStatus[]): Promise<void> {
  const { model, database, random, ledger, tell } = world
  const again = (withinMs: number) => {
    world.at(model.now + 1000 + random.int(withinMs), () => deliver(world, statuses))
  }
  const words = statuses.map(({ id, status }) => `${id} ${status}`).join(', ')
  if (random.int(25) === 0) {
    tell(`webhook ${words}: dies before the commit`)
    again(120_000)
    return
  }
  const items = parseWebhook(webhookBody(NUMBER, statuses)).statuses.map((status): WebhookItem => ({
    kind: 'status',
    status,
  }))
  const report = await applyWebhooks(database, items, () => 'x')
  tell(`webhook ${words}: ${report.orphans > 0 ? 'orphans' : 'applied'}`)
  ledger.tell(statuses)
  scheduleOrphans(world)
  if (random.int(25) === 0) again(600_000)
}

/** The orphan sweep runs every half second; only then there is something for it. */
function scheduleOrphans(world: World): void {
  const { model, database, ledger } = world
  if (model.orphans.size === 0) return
  world.at(model.now + 500, async () => {
    await applyOrphans(database, false)
    ledger.settleOrphans()
  })
}

/** Webhooks are known to flow, windows close, a person decides what is left or leaves it. */
async function comeToRest(world: World): Promise<void> {
  const { model, database, random, ledger, tell } = world
  for (let round = 0; round < 4; round += 1) {
    model.now += WINDOW_SECONDS * 1000 + 61_000
    await flow(model, database)
    if (model.orphans.size > 0) await applyOrphans(database, true)
    ledger.settleOrphans()
    if (nextDue(model) <= model.now) await sweep(world)
    for (const id of world.ids) {
      if (random.int(3) === 0) await decide(world, id)
    }
    if (nextDue(model) === Number.POSITIVE_INFINITY) break
    await drain(world)
    ledger.watch()
  }
  if (nextDue(model) < Number.POSITIVE_INFINITY) {
    model.now += EXPIRY_MS
    await flow(model, database)
    await sweep(world)
  }
  ledger.watch()
  tell('at rest')
}

async function decide({ model, database, random, ledger, tell }: World, id: string): Promise<void> {
  const target = { id, tenantId: null, actor: 'person', auditId: 'x' }
  const state = model.messages.get(id)?.state
  if (state === 'unconfirmed') {
    const resolution = RESOLUTIONS[random.int(RESOLUTIONS.length)] ?? 'sent'
    tell(`a person resolves ${id} as ${resolution}`)
    if (await resolveMessage(database, target, resolution, 72)) ledger.decide(id, resolution)
  } else if (state === 'failed' || state === 'expired') {
    const renewal = {
      expiryHours: 72,
      recipientPhone: model.messages.get(id)?.recipient ?? null,
      recipientInput: null,
      templateName: 'po_notification',
      templateLanguage: 'es',
      templateLanguageAsked: null,
      templateParameters: [],
    }
    if (await retryMessage(database, target, renewal)) {
      tell(`a person retries ${id}`)
      ledger.decide(id, 'retry')
    }
  }
}

/** What a decision has queued is sent, with an ordinary Meta, and followed by its webhooks. */
async function drain(world: World): Promise<void> {
  const { model, database, ledger, tell } = world
  for (let round = 0; round < 3; round += 1) {
    model.now += 7000
    const { messages } = await claimDue(database, {
      limit: 10,
      phoneNumberId: NUMBER,
      leaseOwner: 'two',
      leaseSeconds: LEASE_SECONDS,
      gatedTemplates: [],
      onlyTo: null,
      businessAccountId: null,
    })
    for (const message of messages) {
      const wamid = `wamid.${message.id}.${String(message.attempt)}`
      tell(`claims ${message.id} attempt ${String(message.attempt)}, and Meta accepts`)
      ledger.accept(message.id, message.attempt, wamid)
      const result = resultOf('accepts', wamid)
      const decision = decideOutcome({ result, failures: 0, random: () => 0 })
      await record(world, message, settleAttempt(message, result, decision, 0))
    }
  }
}

function pickBehaviour(random: Random): Behaviour {
  let lot = random.int(100)
  for (const [share, behaviour] of BEHAVIOURS) {
    lot -= share
    if (lot < 0) return behaviour
  }
  return 'accepts'
}

function idOf(seed: number, index: number): string {
  return `00000000-0000-4000-8000-${(seed * 4 + index).toString(16).padStart(12, '0')}`
}
