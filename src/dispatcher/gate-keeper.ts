import type { Database } from '../db/database.ts'
import type { Logger } from '../lib/logger.ts'
import * as gates from '../message/gate-store.ts'
import type { HoldReason } from '../message/message.ts'

/** What a claim may take just now. */
export interface Admission {
  /** Rows at most; Infinity = no gate is closed. */
  limit: number
  /** `name/language` of templates that may not be used. */
  gatedTemplates: string[]
}

export interface Refusal {
  scope: 'number' | 'template'
  key: string
  reason: HoldReason
  errorCode: string | null
  errorMessage: string | null
  probeAfterMs: number | null
}

/**
 * Knows which gates are closed, holds what waits behind them, and lets one message at a time through
 * to see whether a gate is open again. The gates are in the database, shared by all processes; what
 * is cached here is at most a sweep old, which costs a few more refusals and nothing else.
 */
export interface GateKeeper {
  refresh(): Promise<void>
  admit(): Admission
  /** Nothing is held behind any gate, as far as is known here: whatever is new may go at once. */
  readonly isClear: boolean
  /** Meta refused a send and blames the number or the template. */
  refused(refusal: Refusal): Promise<void>
  /** Meta took a send: what stood in its way is open. */
  accepted(template: string | null): Promise<void>
}

export interface GateKeeperOptions {
  database: Database
  logger: Logger
  phoneNumberId: string
  /** False: everything is held as `notifications_disabled`. */
  enabled: boolean
  onlyTo: readonly string[] | null
}

/** Nothing waits longer behind a gate that is not there than so many looks (a minute) take. */
const LOOK_FOR_UNGATED_EVERY = 12

export function createGateKeeper(options: GateKeeperOptions): GateKeeper {
  const { database, logger, phoneNumberId } = options
  let closed: gates.Gate[] = []
  /** Let through and not taken by a claim yet: a look that comes before the claim does not hold them again. */
  let untried: { gate: gates.Gate; id: string }[] = []
  /** Of the number: the next claim may take one. */
  let probeAdmitted = false
  let looks = 0

  const isOurs = (gate: gates.Gate): boolean =>
    gate.scope === 'template' || gate.key === phoneNumberId

  const open = async (gate: gates.Gate): Promise<void> => {
    const { scope, key, hold_reason } = gate
    const released = await gates.openGate(database, scope, key)
    logger.info({ scope, hold_reason, released }, 'WhatsApp gate.opened')
    closed = closed.filter((other) => other !== gate)
  }

  const hold = async (): Promise<void> => {
    if (!options.enabled) {
      await gates.holdQueued(database, 'notifications_disabled', {}, [])
      return
    }
    if (options.onlyTo !== null) {
      await gates.holdQueued(database, 'not_in_allow_list', { notTo: options.onlyTo }, [])
    }
    for (const gate of closed) {
      if (gate.needs_status && (await gates.isProven(database, gate))) await open(gate)
    }
    for (const gate of closed) {
      if (!gate.probe_due) continue
      const id = await gates.releaseProbe(database, gate)
      if (id === undefined) {
        // Nothing is held behind it: the next message is the probe.
        await open(gate)
        continue
      }
      untried.push({ gate, id })
      logger.info({ scope: gate.scope, reason: gate.hold_reason }, 'WhatsApp gate.probe')
    }
    const probes = untried.map(({ id }) => id)
    for (const gate of closed) {
      const where = gate.scope === 'template' ? { template: gate.key } : {}
      await gates.holdQueued(database, gate.hold_reason, where, probes)
    }
  }

  const forgetTried = async (): Promise<void> => {
    if (untried.length === 0) return
    const waiting = await gates.findQueued(
      database,
      untried.map(({ id }) => id),
    )
    untried = untried.filter(
      ({ gate: { scope, key }, id }) =>
        waiting.has(id) && closed.some((gate) => gate.scope === scope && gate.key === key),
    )
  }

  return {
    async refresh() {
      if (looks % LOOK_FOR_UNGATED_EVERY === 0) {
        const released = await gates.releaseUngated(database)
        if (released > 0) logger.warn({ released }, 'WhatsApp gate.missing')
      }
      looks += 1
      closed = (await gates.listGates(database)).filter(isOurs)
      await forgetTried()
      await hold()
      probeAdmitted = untried.some(({ gate }) => gate.scope === 'number')
    },
    get isClear() {
      return options.enabled && closed.length === 0
    },
    admit() {
      if (!options.enabled) return { limit: 0, gatedTemplates: [] }
      const numberClosed = closed.some((gate) => gate.scope === 'number')
      const limit = numberClosed ? (probeAdmitted ? 1 : 0) : Number.POSITIVE_INFINITY
      probeAdmitted = false
      const probed = new Set(untried.map(({ gate }) => gate.key))
      const gatedTemplates = closed
        .filter((gate) => gate.scope === 'template' && !probed.has(gate.key))
        .map((gate) => gate.key)
      return { limit, gatedTemplates }
    },
    async refused(refusal) {
      const isNew = await gates.closeGate(database, refusal)
      closed = (await gates.listGates(database)).filter(isOurs)
      untried = untried.filter(({ gate }) => gate.key !== refusal.key)
      if (isNew) {
        logger.error(
          {
            scope: refusal.scope,
            hold_reason: refusal.reason,
            error_code: refusal.errorCode,
            error_message: refusal.errorMessage,
          },
          'WhatsApp gate.closed',
        )
      }
    },
    async accepted(template) {
      for (const gate of closed) {
        const isItsOwn = gate.scope === 'number' || gate.key === template
        if (isItsOwn && !gate.needs_status) await open(gate)
      }
    },
  }
}
