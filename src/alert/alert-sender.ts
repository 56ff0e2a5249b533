import type { Database } from '../db/database.ts'
import { signBody } from '../cloud-api/signature.ts'
import type { Logger } from '../lib/logger.ts'
import { createLoop } from '../lib/worker.ts'
import type { Worker } from '../lib/worker.ts'
import { closeSpan, readAttention, takeSpan } from './alert-store.ts'
import type { AlertSpan } from './alert-store.ts'
import { buildAlert } from './build-alert.ts'
import type { Alert } from './build-alert.ts'

export interface AlertOptions {
  database: Database
  logger: Logger
  /** Where to. */
  url: string
  /** Signs the body as Meta signs webhooks; null: not signed. */
  secret: string | null
  /** Between two calls at least. */
  intervalSeconds: number
}

const ANSWER_WITHIN_MS = 10_000
/** An address that does not answer is asked once in ten minutes at last. */
const LONGEST_PAUSE_MS = 600_000

/**
 * Tells the operator's address what has come to need attention: at most one call an interval, whatever
 * the number of messages and of processes, none where there is nothing to tell. At least once: a process
 * that dies between the answer and its record leaves the call to be made again, with the same `alert_id`.
 */
export function createAlertSender(options: AlertOptions): Worker {
  const { database, logger } = options
  let pauseUntil = 0

  const tell = async (span: AlertSpan): Promise<void> => {
    const alert = buildAlert(span, await readAttention(database, span))
    const problem = alert === undefined ? undefined : await post(options, alert)
    if (problem === undefined) {
      await closeSpan(database, { through: span.to })
      if (alert === undefined) return
      const { total, groups } = alert
      logger.info({ total, groups: groups.length }, 'WhatsApp alert.sent')
      return
    }
    const failures = span.failures + 1
    await closeSpan(database, { failures })
    const pauseMs = options.intervalSeconds * 1000 * 2 ** Math.min(failures, 10)
    pauseUntil = performance.now() + Math.min(LONGEST_PAUSE_MS, pauseMs)
    logger.error({ problem, failures }, 'WhatsApp alert.failed')
  }

  return createLoop({
    name: 'alert',
    intervalMs: options.intervalSeconds * 1000,
    turn: async () => {
      if (performance.now() < pauseUntil) return
      const span = await takeSpan(database)
      if (span !== undefined) await tell(span)
    },
    onError: (error) => {
      logger.warn({ err: error }, 'WhatsApp alert.not_read')
    },
  })
}

/** @returns what went wrong; never the address, which may hold a secret */
async function post(
  { url, secret }: Pick<AlertOptions, 'url' | 'secret'>,
  alert: Alert,
): Promise<string | undefined> {
  const body = JSON.stringify(alert)
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'aviso',
        ...(secret !== null && { 'x-aviso-signature-256': signBody(Buffer.from(body), secret) }),
      },
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    })
    await answer.body?.cancel()
    return answer.ok ? undefined : `it answered ${String(answer.status)}`
  } catch (error) {
    if (error instanceof Error && error.name === 'TimeoutError') return 'it did not answer in 10 s'
    const cause = error instanceof Error ? error.cause : undefined
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'no answer'
    return `it cannot be reached (${code})`
  }
}
