import { Connection } from 'rabbitmq-client'
import type { Envelope, Publisher as Sender, ReturnedMessage } from 'rabbitmq-client'
import { coerceError } from '../../lib/errors.ts'
import { limitReads } from '../../lib/limit-reads.ts'
import { CliError, EXIT, makeProblem } from '../cli-error.ts'
import { isObject, textAt } from '../json-object.ts'
import { idOfEvent } from '../read-events.ts'
import type { JsonObject } from '../json-object.ts'
import type { Publisher, PublishResult } from './publisher.ts'

export interface RabbitmqPublisherOptions {
  url: string
  exchange: string
  routingKey: string
  /** For a confirmation, with all repetitions. */
  timeoutMs?: number
}

const TIMEOUT_MS = 30_000
const CONNECT_WITHIN_MS = 5000
const RECONNECT_MS = { low: 200, high: 2000 }
/** The client agrees to frames of 8 KiB. */
const MAX_READ_BYTES = 64 * 1024
const MAX_TRIES = 5

/** Nothing that another try would change. */
const REFUSALS = new Set(['NOT_FOUND', 'ACCESS_REFUSED', 'NOT_ALLOWED', 'PRECONDITION_FAILED'])

interface Pending {
  messageId: string | null
  isReturned: boolean
}

/**
 * Publishes to the exchange that the service's queue is bound to: persistent, mandatory, and done once
 * the broker has confirmed. What becomes of an event is not said here: a broken one is found under the
 * rejected events of the service.
 *
 * @throws CliError where no broker answers, or it refuses us
 */
export async function openRabbitmqPublisher(options: RabbitmqPublisherOptions): Promise<Publisher> {
  const { url, exchange, routingKey, timeoutMs = TIMEOUT_MS } = options
  const connection = await connect(url)
  // One attempt a call: what was returned before is not what is returned now.
  const sender = connection.createPublisher({ confirm: true, maxAttempts: 1 })
  const pending = new Set<Pending>()
  sender.on('basic.return', (message: ReturnedMessage) => {
    const id = message.messageId ?? null
    const found = [...pending].find((each) => each.messageId === id && !each.isReturned)
    if (found !== undefined) found.isReturned = true
  })
  return {
    async publish(json) {
      const event = parseEvent(json)
      const messageId = idOfEvent(event)
      const envelope = { ...describeEvent(event, messageId), exchange, routingKey }
      const body = Buffer.from(json, 'utf8')
      const entry: Pending = { messageId, isReturned: false }
      pending.add(entry)
      try {
        const sent = sendConfirmed(sender, envelope, body, entry)
        const refusal = await withDeadline(sent, timeoutMs)
        // The client tells of a return one turn after the confirmation that follows it.
        await new Promise((resolve) => setImmediate(resolve))
        if (refusal !== null) return unconfirmed(messageId, refusal)
        return entry.isReturned
          ? unconfirmed(messageId, describeReturn(exchange, routingKey))
          : { kind: 'confirmed', answer: answerOf(messageId, true) }
      } catch (error) {
        throw explain(error, exchange)
      } finally {
        pending.delete(entry)
      }
    },
    async close() {
      await Promise.race([sender.close().then(() => connection.close()), after(1000)])
      connection.unsafeDestroy()
    },
  }
}

/** The client tries for ever; a command line that cannot reach its broker says so at once. */
async function connect(url: string): Promise<Connection> {
  const connection = new Connection({
    url,
    connectionTimeout: CONNECT_WITHIN_MS,
    acquireTimeout: CONNECT_WITHIN_MS,
    retryLow: RECONNECT_MS.low,
    retryHigh: RECONNECT_MS.high,
    connectionName: 'aviso publish',
  })
  limitReads((connection as unknown as { _socket?: unknown })._socket, MAX_READ_BYTES)
  const failure = await new Promise<unknown>((resolve) => {
    connection.once('connection', () => resolve(undefined))
    // Stays: a later loss is told by the publish that it concerns.
    connection.on('error', resolve)
  })
  if (failure === undefined) return connection
  connection.unsafeDestroy()
  const reason = coerceError(failure).message.replace(/^\w+: /, '')
  const detail = `no broker takes events at RABBITMQ_URL: ${reason}. Start it, or correct the address.`
  throw new CliError(EXIT.failed, 'unavailable', detail, { cause: failure })
}

/** @returns why the broker does not want the event, or null when it is confirmed */
async function sendConfirmed(
  sender: Sender,
  envelope: Envelope,
  body: Buffer,
  entry: Pending,
): Promise<string | null> {
  for (let tries = 1; ; tries += 1) {
    entry.isReturned = false
    try {
      await sender.send(envelope, body)
      return null
    } catch (error) {
      const code = codeOf(error)
      if (code === 'NACK')
        return 'the broker does not take it: the queue is full. Publish it again.'
      // The same event twice makes one message: what may have arrived is sent again.
      if (REFUSALS.has(code) || tries === MAX_TRIES) throw error
    }
  }
}

function parseEvent(json: string): JsonObject {
  const value: unknown = JSON.parse(json)
  return isObject(value) ? value : {}
}

function describeEvent(event: JsonObject, messageId: string | null): Envelope {
  const isCloudEvent = textAt(event, 'specversion') !== null
  return {
    contentType: isCloudEvent ? 'application/cloudevents+json' : 'application/json',
    durable: true,
    mandatory: true,
    ...(messageId !== null && { messageId }),
  }
}

function unconfirmed(messageId: string | null, detail: string): PublishResult {
  return {
    kind: 'unconfirmed',
    answer: answerOf(messageId, false),
    problem: makeProblem(0, 'unavailable', detail),
  }
}

function describeReturn(exchange: string, routingKey: string): string {
  return (
    `no queue is bound to exchange ${exchange} with routing key ${routingKey}, ` +
    'so nobody would get it. Start the service once, or bind its queue, and publish it again.'
  )
}

function answerOf(messageId: string | null, confirmed: boolean): string {
  return JSON.stringify({ event_id: messageId, confirmed })
}

function explain(error: unknown, exchange: string): CliError {
  if (error instanceof CliError) return error
  const reason = coerceError(error).message.replace(/^\w+: /, '')
  const detail =
    codeOf(error) === 'NOT_FOUND'
      ? `the broker has no exchange ${exchange}. Start the service once, or make it.`
      : `the broker does not take events: ${reason}.`
  return new CliError(EXIT.failed, 'unavailable', detail, { cause: error })
}

function codeOf(error: unknown): string {
  const cause = coerceError(error)
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
}

async function withDeadline<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const seconds = String(Math.round(ms / 1000))
      const detail =
        `the broker has not confirmed within ${seconds} s; it may be blocked by an alarm of memory ` +
        'or disk. What is known makes no second message: publish again.'
      reject(new CliError(EXIT.failed, 'unavailable', detail))
    }, ms)
  })
  promise.catch(() => undefined)
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref())
}
