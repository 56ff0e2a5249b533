import { pino } from 'pino'
import type { DestinationStream, Logger as Pino } from 'pino'
import { createLogDestination } from './log-destination.ts'

export type Logger = Pino

/**
 * JSON lines, one wide line a unit of work: a dotted name in `msg`, ids, durations in ms, the decision.
 * Bodies, tokens and phone numbers are never passed in; the redaction below is the second wall.
 */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: {
      paths: [
        'authorization',
        'access_token',
        'app_secret',
        'api_key',
        'key',
        '*.authorization',
        '*.access_token',
        '*.app_secret',
        'req.headers.authorization',
        'recipient_phone',
        'to',
      ],
      censor: '[redacted]',
    },
  }
  return pino(options, destination ?? createLogDestination(process.stdout))
}

/** The last two digits of a phone number: enough to recognise one's own, too little to call. */
export function maskPhone(phone: string): string {
  return `…${phone.slice(-2)}`
}
