import { explainRefusal } from '../../broker/refusal.ts'
import { coerceError } from '../../lib/errors.ts'
import type { Logger } from '../../lib/logger.ts'
import type { Topology } from './rabbitmq-topology.ts'

export interface RabbitmqStatus {
  /** `refused`: the broker does not let us work, until somebody does something. */
  state: 'connected' | 'connecting' | 'refused'
  detail: string
  remedy: string | null
  /** Messages the broker gave up on, at the last look; null before the first. */
  deadLetters: number | null
}

export interface RabbitmqHealth {
  read(): RabbitmqStatus
  connected(): void
  paused(error: Error): void
  counted(deadLetters: number): void
  failed(error: unknown): RabbitmqStatus['state']
  stopped(): void
}

/** What the status says; each change is one line in the log, however many messages it concerns. */
export function createRabbitmqHealth(logger: Logger, topology: Topology): RabbitmqHealth {
  const { queue } = topology
  let status: Omit<RabbitmqStatus, 'deadLetters'> = {
    state: 'connecting',
    detail: 'not connected yet',
    remedy: null,
  }
  let deadLetters: number | null = null
  let said = ''
  const change = (next: typeof status, log: () => void, key = next.state + next.detail): void => {
    status = next
    if (key === said) return
    said = key
    log()
  }
  return {
    read: () => ({ ...status, deadLetters }),
    connected() {
      const detail = `connected; queue ${queue} is consumed`
      change({ state: 'connected', detail, remedy: null }, () =>
        logger.info({ queue, dead_letters: deadLetters }, 'WhatsApp broker.consuming'),
      )
    },
    paused(error) {
      const detail = 'connected; nothing is consumed until the database answers'
      change({ state: 'connected', detail, remedy: null }, () =>
        logger.warn({ queue, err: error }, 'WhatsApp broker.paused'),
      )
    },
    counted(count) {
      if (count > (deadLetters ?? 0)) {
        logger.error({ queue, dead_letters: count }, 'WhatsApp broker.dead_letters')
      }
      deadLetters = count
    },
    failed(error) {
      const refusal = explainRefusal(error, `queue ${queue}`, topology.mode)
      if (refusal !== undefined) {
        const { message: detail, remedy } = refusal
        change({ state: 'refused', detail, remedy }, () =>
          logger.error({ queue, detail, remedy }, 'WhatsApp broker.refused'),
        )
        return 'refused'
      }
      const detail = `the broker is away: ${coerceError(error).message}`
      const remedy = 'Start the broker, or correct RABBITMQ_URL; the service connects by itself.'
      // Its words may change with every try; it is the same outage.
      change(
        { state: 'connecting', detail, remedy },
        () => logger.warn({ queue, err: coerceError(error) }, 'WhatsApp broker.away'),
        'away',
      )
      return 'connecting'
    },
    stopped() {
      status = { state: 'connecting', detail: 'stopped', remedy: null }
    },
  }
}
