import { setTimeout } from 'node:timers/promises'
import type { SendResult } from '../cloud-api/send-result.ts'
import type { MessageRequest } from '../cloud-api/wire.ts'
import { isDatabaseAway } from '../db/database-error.ts'
import type { Database } from '../db/database.ts'
import { createBatcher } from '../lib/batcher.ts'
import { FAILPOINTS, reach } from '../lib/failpoint.ts'
import { runHalving } from '../lib/halving.ts'
import type { Logger } from '../lib/logger.ts'
import { createSparingLog } from '../lib/sparing-log.ts'
import type { Worker } from '../lib/worker.ts'
import * as outbox from '../message/outbox.ts'
import type { Acceptance, ClaimedMessage, Settlement } from '../message/outbox.ts'
import type { SendSlots, SlotClaim } from '../message/send-slots.ts'
import { createBreaker } from './breaker.ts'
import { buildRequest } from './build-request.ts'
import { decideOutcome } from './decide-outcome.ts'
import type { OutcomeDecision } from './decide-outcome.ts'
import type { GateKeeper } from './gate-keeper.ts'
import { settleAttempt } from './settle-attempt.ts'
import type { SendRate } from './send-rate.ts'
import { createSendSlots, createSlots } from './slots.ts'
import type { TemplateKeeper } from './template-keeper.ts'
import { createUnknownCodeStreak } from './unknown-code-streak.ts'

/** What the dispatcher needs of the Cloud API. */
export interface Sender {
  sendMessage(body: MessageRequest, options: { deadline: () => boolean }): Promise<SendResult>
  /** A read that harms nobody: true when Meta answered, whatever it said. */
  canReach(): Promise<boolean>
}

export interface DispatcherOptions {
  database: Database
  sender: Sender
  gateKeeper: GateKeeper
  templateKeeper: Pick<TemplateKeeper, 'held' | 'refused'>
  rate: SendRate
  logger: Logger
  phoneNumberId: string
  /** Whose templates must be approved; null: none is asked for. */
  businessAccountId: string | null
  leaseOwner: string
  leaseSeconds: number
  doubtWindowSeconds: number
  /** Sends under way at most: every kill of the process puts that many in doubt. */
  connections: number
  onlyTo: readonly string[] | null
  random: () => number
  /** Places of the quick replies among the buttons of a template that orders use. */
  replyButtons?: (template: string, language: string) => readonly number[]
  /** What became of a send is written. */
  onOutcome?: () => void
}

export interface Dispatcher extends Worker {
  /** Messages may have become due: look now. */
  wake(): void
  readonly inFlight: number
  /** For orders that are written by this process: their sends begin without a look at the table. */
  readonly sendSlots: SendSlots
}

/** What is to be written of a call. */
interface Written<Row> {
  row: Row
  /** When its intent was written (monotonic). */
  intendedAt: number
}

/** A process that slept longer than this between intent and socket sends nothing (monotonic). */
const INTENT_DEADLINE_MS = 5000
const MAX_CLAIM = 200
/** How often an idle dispatcher looks for messages that another process has written. */
const POLL_MS = 250
/** While the database is away. */
const RETRY_MS = 500

/**
 * The loop: claim what is due for the slots that are free, send each, record what became of it.
 */
export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { database, logger, gateKeeper, templateKeeper, rate } = options
  let stopping = false
  let loop: Promise<void> | undefined
  const slots = createSlots(options.connections)
  /** More was due than the last look took. */
  let backlog = true
  /** Something may have become due since. */
  let unseen = true
  let wakeUp: (() => void) | undefined
  let woken = false
  const streak = createUnknownCodeStreak()
  const sparingly = createSparingLog()
  const breaker = createBreaker({
    canReach: () => options.sender.canReach(),
    now: () => performance.now(),
  })

  const acceptances = createBatcher<Written<Acceptance>, undefined>({
    maxItems: 500,
    // A slot is held meanwhile, and an order waits for one: with 8 ms the drain was 8 % slower.
    lingerMs: 2,
    run: (rows) =>
      write(rows, async (batch, isLate) => {
        for (const id of await outbox.recordAcceptances(database, batch, isLate)) {
          logger.error({ message_id: id }, 'WhatsApp message.sent_twice')
        }
      }),
  })
  const settlements = createBatcher<Written<Settlement>, undefined>({
    maxItems: 500,
    lingerMs: 2,
    run: (rows) =>
      write(rows, (batch, isLate) => outbox.recordSettlements(database, batch, isLate)),
  })

  /**
   * What Meta answered is the truth: it is written again and again until the database takes it. A row
   * that the database refuses for its content is found by halving and left to its lease's end.
   */
  const write = async <Row>(
    rows: Written<Row>[],
    record: (rows: readonly Row[], isLate: boolean) => Promise<void>,
  ): Promise<undefined[]> => {
    for (;;) {
      try {
        return await runHalving(
          rows,
          async (part) => {
            if (FAILPOINTS) await reach('dispatcher.before_record')
            const lateBefore = performance.now() - outbox.LATE_MS
            await record(
              part.map(({ row }) => row),
              part.some(({ intendedAt }) => intendedAt < lateBefore),
            )
            return part.map(() => undefined)
          },
          (_row, error) => {
            logger.error({ err: error }, 'WhatsApp outcome.refused_by_database')
            return Promise.resolve(undefined)
          },
          isDatabaseAway,
        )
      } catch (error) {
        sparingly((left_out) => {
          logger.error({ err: error, rows: rows.length, left_out }, 'WhatsApp outcome.write_failed')
        })
        await setTimeout(RETRY_MS)
      }
    }
  }

  const sleep = (ms: number): Promise<void> => {
    if (woken) {
      woken = false
      return Promise.resolve()
    }
    return new Promise((resolve) => {
      const timer = globalThis.setTimeout(finish, ms)
      function finish(): void {
        clearTimeout(timer)
        wakeUp = undefined
        woken = false
        resolve()
      }
      wakeUp = finish
    })
  }

  const goOn = (): void => {
    woken = true
    wakeUp?.()
  }
  const wake = (): void => {
    unseen = true
    goOn()
  }

  const run = async (): Promise<void> => {
    while (!stopping) {
      try {
        await sleep(await turn())
      } catch (error) {
        unseen = true
        sparingly((left_out) => {
          logger.error({ err: error, left_out }, 'WhatsApp dispatcher.turn_failed')
        })
        await sleep(RETRY_MS)
      }
    }
  }

  /** Returns how long nothing can be done, in ms. */
  const turn = async (): Promise<number> => {
    if (slots.free <= 0) return POLL_MS
    const admission = gateKeeper.admit()
    const admitted = await breaker.admit(slots.taken)
    const wanted = Math.min(slots.free, MAX_CLAIM, admission.limit, admitted)
    if (wanted <= 0) return POLL_MS
    slots.take(wanted)
    let used = 0
    try {
      const { granted, waitMs } = await rate.take(wanted)
      if (granted === 0) return Math.min(POLL_MS, Math.max(1, waitMs))
      // Taken before the commit: a process paused while it waits for the answer is late, too.
      const intendedAt = performance.now()
      unseen = false
      const { messages, more, held } = await outbox.claimDue(database, {
        limit: granted,
        ...claim,
        gatedTemplates: admission.gatedTemplates,
        onlyTo: options.onlyTo,
      })
      used = messages.length
      if (FAILPOINTS && used > 0) await reach('dispatcher.after_intent')
      for (const message of messages) void send(message, intendedAt)
      // After the sends have begun: were it to fail before, they would be in doubt for nothing.
      await rate.giveBack(granted - used)
      const renewed = held.length > 0 && (await templateKeeper.held(held))
      backlog = more || renewed
      return backlog ? 0 : POLL_MS
    } finally {
      slots.giveBack(wanted - used)
    }
  }

  const claim: SlotClaim = {
    phoneNumberId: options.phoneNumberId,
    leaseOwner: options.leaseOwner,
    leaseSeconds: options.leaseSeconds,
    businessAccountId: options.businessAccountId,
  }

  const sendSlots = createSendSlots({
    slots,
    rate,
    claim,
    // What waits goes first, and only the claim knows gates and probes.
    isOpen: () => !stopping && gateKeeper.isClear && !breaker.isOpen,
    hasBacklog: () => backlog,
    send: (message, intendedAt) => void send(message, intendedAt),
  })

  const replyButtonsOf = ({ template_name: name, template_language: language }: ClaimedMessage) =>
    name === null || language === null ? [] : (options.replyButtons?.(name, language) ?? [])

  /** @param message whose slot is taken already */
  const send = async (message: ClaimedMessage, intendedAt: number): Promise<void> => {
    const started = performance.now()
    try {
      const result = await options.sender.sendMessage(
        buildRequest(message, replyButtonsOf(message)),
        {
          deadline: () => performance.now() - intendedAt > INTENT_DEADLINE_MS,
        },
      )
      if (FAILPOINTS) await reach('dispatcher.after_response')
      const decision = decideOutcome({ result, failures: message.failures, random: options.random })
      const durationMs = performance.now() - started
      noteAnswer(decision)
      await record({ message, result, decision, intendedAt, durationMs })
      options.onOutcome?.()
      logAttempt(message, result, decision, durationMs)
    } catch (error) {
      // The intent stands and nobody knows: the lease's end puts it in doubt.
      logger.error({ err: error, message_id: message.id }, 'WhatsApp attempt.failed_to_run')
    } finally {
      slots.giveBack(1)
      if (backlog || unseen || stopping) goOn()
    }
  }

  /** A retry without a pause of the number is one that Meta could not work on, or never saw. */
  const noteAnswer = (decision: OutcomeDecision): void => {
    const isFailure =
      decision.kind === 'in_doubt' ||
      (decision.kind === 'retry' && decision.pauseNumberMs === null && !decision.slowNumber)
    if (isFailure) {
      const pauseMs = breaker.failed()
      if (pauseMs !== null) logger.error({ pause_ms: pauseMs }, 'WhatsApp breaker.opened')
    } else if (breaker.answered()) {
      logger.info('WhatsApp breaker.closed')
    }
  }

  const record = async ({
    message,
    result,
    decision,
    intendedAt,
    durationMs,
  }: {
    message: ClaimedMessage
    result: SendResult
    decision: OutcomeDecision
    intendedAt: number
    durationMs: number
  }): Promise<void> => {
    const entry = settleAttempt(message, result, decision, options.doubtWindowSeconds * 1000)
    if (entry.kind === 'settlement') {
      await settlements.add({ row: entry.row, intendedAt })
      await closeGates(message, result, decision, durationMs)
      return
    }
    await acceptances.add({ row: entry.row, intendedAt })
    streak.reset()
    await gateKeeper.accepted(templateKey(message))
  }

  const closeGates = async (
    message: ClaimedMessage,
    result: SendResult,
    decision: OutcomeDecision,
    durationMs: number,
  ): Promise<void> => {
    const why =
      result.kind === 'rejected'
        ? { errorCode: String(result.error.code), errorMessage: result.error.title }
        : { errorCode: null, errorMessage: null }
    const number = { scope: 'number' as const, key: options.phoneNumberId, ...why }
    if (decision.kind === 'hold_channel') {
      await gateKeeper.refused({ ...number, ...decision })
    } else if (decision.kind === 'hold_template') {
      const key = templateKey(message) ?? ''
      await gateKeeper.refused({ scope: 'template', key, ...why, ...decision })
      await templateKeeper.refused(key, decision.reason)
    } else if (decision.kind === 'fail' && decision.unknownCode) {
      if (streak.add(decision.errorCode)) {
        await gateKeeper.refused({ ...number, reason: 'number', probeAfterMs: 0 })
      }
    } else if (decision.kind === 'retry') {
      if (decision.slowNumber) await rate.halve(durationMs)
      if (decision.pauseNumberMs !== null) await rate.pause(decision.pauseNumberMs)
    }
  }

  const logAttempt = (
    message: ClaimedMessage,
    result: SendResult,
    decision: OutcomeDecision,
    durationMs: number,
  ): void => {
    const line = {
      message_id: message.id,
      attempt: message.attempt,
      decision: decision.kind,
      http_status: 'httpStatus' in result ? result.httpStatus : null,
      ...(result.kind === 'rejected' && {
        error_code: result.error.code,
        error: result.error.title,
      }),
      ...((result.kind === 'not_sent' || result.kind === 'in_doubt') && { reason: result.reason }),
      duration_ms: Math.round(durationMs),
    }
    if (decision.kind === 'accepted') logger.debug(line, 'WhatsApp message.attempted')
    else logger.warn(line, 'WhatsApp message.attempted')
  }

  return {
    name: 'dispatcher',
    start() {
      loop ??= run()
    },
    async stop() {
      stopping = true
      wake()
      await loop
      while (slots.taken > 0) await sleep(50)
      await Promise.all([acceptances.drained(), settlements.drained()])
    },
    wake,
    sendSlots,
    get inFlight() {
      return slots.taken
    },
  }
}

function templateKey(message: ClaimedMessage): string | null {
  return message.template_name === null
    ? null
    : `${message.template_name}/${message.template_language ?? ''}`
}
