import { setTimeout as sleep } from 'node:timers/promises'
import { describeFailure } from '../cloud-api/error-catalogue.ts'
import type { Database } from '../db/database.ts'
import { findHoldWords } from '../message/hold-words.ts'
import { failed, ok, skipped } from './check.ts'
import type { Finding } from './check.ts'
import { readTestMessage } from './doctor-store.ts'
import type { TestMessageRow } from './doctor-store.ts'

export interface TestMessenger {
  /** Sends what the caller wishes, the way that every message goes. */
  send(to: string): Promise<{ ok: true; id: string } | { ok: false; detail: string }>
}

export interface TestMessageOptions {
  database: Database
  /** Null where no service runs. */
  messenger: TestMessenger | null
  /** A phone number; null: no test message was asked for. */
  to: string | null
  /** How long the message may take to be sent and its webhook to come. */
  waitMs: number
}

const LOOK_MS = 250
const COME = new Set(['sent', 'delivered', 'read'])

/**
 * Sends a real message and waits for Meta's webhook of it: the only check that goes the whole way, out
 * through Meta and back through whatever stands before the service.
 */
export async function checkTestMessage(options: TestMessageOptions): Promise<Finding> {
  const { database, messenger, to, waitMs } = options
  if (to === null) {
    const remedy = 'Run npx aviso doctor --send-test with a number of your own.'
    return skipped('no test message was asked for', remedy, 'test')
  }
  if (messenger === null) {
    const remedy = 'Start the service (npx aviso serve), and run this again.'
    return skipped('no service runs that could send a message', remedy, 'test')
  }
  const begun = Date.now()
  const sent = await messenger.send(to)
  if (!sent.ok) return failed(sent.detail, 'Mend what it names, and try again.', 'test')
  for (;;) {
    const row = await readTestMessage(database, sent.id)
    const seconds = (Date.now() - begun) / 1000
    if (row !== undefined && COME.has(row.state)) {
      const words = `${row.template_name ?? 'the message'} to …${lastDigits(to)} is ${row.state}`
      return ok(`${words}; Meta's webhook came after ${seconds.toFixed(1)} s`)
    }
    const end = row === undefined ? undefined : judge(row)
    if (end !== undefined) return end
    if (seconds * 1000 >= waitMs) return tooLate(row, Math.round(seconds))
    await sleep(LOOK_MS)
  }
}

/** What will not change by waiting; undefined: it may. */
function judge(row: TestMessageRow): Finding | undefined {
  if (row.state === 'held') {
    const words = findHoldWords(row.hold_reason ?? '')
    const detail = `the test message is held: ${words?.title ?? row.hold_reason ?? 'no reason'}`
    return failed(detail, words?.remedy ?? 'See npx aviso messages show.', 'troubleshooting')
  }
  if (row.state === 'failed' || row.state === 'expired' || row.state === 'canceled') {
    const { code, title, remedy } = describeFailure(
      row.error_code ?? '',
      row.error_message ?? undefined,
    )
    const detail = `the test message failed: ${title} (${code ?? row.state})`
    return failed(detail, remedy, 'troubleshooting')
  }
  return undefined
}

/** Which part to look at, by how far the message has come. */
function tooLate(row: TestMessageRow | undefined, seconds: number): Finding {
  const within = `within ${String(seconds)} s`
  const state = row?.state ?? 'gone'
  switch (state) {
    case 'accepted': {
      if (row?.signatures_refused === true) {
        const detail =
          'Meta took the test message, and no webhook of it was taken; webhooks of the last hour had a wrong signature'
        const remedy =
          'Copy WHATSAPP_APP_SECRET again from the app’s basic settings, and let no proxy change bodies.'
        return failed(detail, remedy, 'app-secret')
      }
      const detail = `Meta took the test message, and no webhook came ${within}`
      const remedy =
        'Look at the webhook in the app’s settings: the address must be this service’s, under https from the ' +
        'internet, and the field “messages” subscribed; then at webhook_subscription here, and at whether ' +
        'the app is Live.'
      return failed(detail, remedy, 'webhook')
    }
    case 'in_doubt':
    case 'sending': {
      const detail = `Meta has not answered the test message ${within}`
      const remedy =
        'Look at the network to WHATSAPP_GRAPH_URL; the message is settled by its webhook if one comes.'
      return failed(detail, remedy, 'troubleshooting')
    }
    default: {
      const detail = `the test message was not sent ${within} (it is ${state})`
      const remedy =
        'Look whether a process with the role dispatcher runs, and how long the queue is (health).'
      return failed(detail, remedy, 'troubleshooting')
    }
  }
}

function lastDigits(to: string): string {
  return to.replace(/\D/g, '').slice(-2)
}
