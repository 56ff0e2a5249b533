/** Every delay is in ms and counted from the step before it: acceptance, sent, delivered, read. */
export interface StatusDelays {
  sentMs: number
  deliveredMs: number
  readMs: number
}

/** When a webhook that was not answered with 200 is tried again. */
export interface WebhookRetry {
  /** Wait before the second try; each further wait is `factor` times longer, up to `maxMs`. */
  firstMs: number
  factor: number
  maxMs: number
  /** After this long the webhook is given up (reference, section 5.3: seven days). */
  giveUpMs: number
}

/** Small, for printing; nothing in it is secret but the recipient's number. */
export type EmulatorEvent =
  | { kind: 'message_accepted'; wamid: string; to: string; callbackData: string | null }
  | { kind: 'message_refused'; code: number; httpStatus: number }
  | { kind: 'webhook_delivered'; summary: string; attempt: number; tookMs: number }
  | { kind: 'webhook_refused'; summary: string; attempt: number; httpStatus: number | null }
  | { kind: 'webhook_given_up'; summary: string; attempt: number }
  /** A fault of the emulator itself; the caller got a 500. */
  | { kind: 'fault'; error: unknown }

export interface EmulatorOptions {
  /** Default 127.0.0.1. */
  host?: string
  /** Default 0: a free one. */
  port?: number
  accessToken: string
  appSecret: string
  verifyToken: string
  appId: string
  phoneNumberId: string
  businessAccountId: string
  /** As Meta shows it; its country code is what `to` without `+` gets. Default `+1 555 078 3881`. */
  displayPhoneNumber?: string
  /** Taken as already verified: no handshake. Use `setWebhookUrl` for one with a handshake. */
  webhookUrl?: string
  /**
   * Repeats ids, orders and trace ids. Default: a new one each start, because a database that remembers
   * the message ids of an earlier run would meet them again.
   */
  seed?: number
  /** Default 200, 300 and 500. */
  statusDelays?: StatusDelays
  /** One message per 6 s to the same recipient (reference, section 6). Default true. */
  pairLimit?: boolean
  /** Messages that may borrow from the future of their pair. Default 45, as Meta; 1 = no burst. */
  pairBurst?: number
  /** Messages per second of the number, replies included. Default 80, as Meta; 0 = no limit. */
  maxMps?: number
  /** Management calls per hour (reference, section 6). Default 5000; 0 = no limit. */
  managementCallsPerHour?: number
  /** Until a new or edited template is decided. Default 500. */
  reviewMs?: number
  webhookRetry?: Partial<WebhookRetry>
  /** Webhooks in flight at once. Default 32. */
  webhookConnections?: number
  /** Accepted messages remembered; the oldest are forgotten first. Default 200,000. */
  historyLimit?: number
  /** Unix time in ms for everything that is written down. Default `Date.now`. */
  clock?: () => number
  onEvent?: (event: EmulatorEvent) => void
}

/** The options with every default filled in. */
export type Settings = Required<
  Omit<EmulatorOptions, 'webhookUrl' | 'onEvent' | 'webhookRetry'>
> & {
  webhookRetry: WebhookRetry
}

const DAY_MS = 24 * 60 * 60 * 1000

/** @param freshSeed used where the options name no seed */
export function resolveSettings(options: EmulatorOptions, freshSeed: number): Settings {
  const { webhookUrl: _url, onEvent: _onEvent, webhookRetry, ...given } = options
  return {
    host: '127.0.0.1',
    port: 0,
    displayPhoneNumber: '+1 555 078 3881',
    seed: freshSeed,
    statusDelays: { sentMs: 200, deliveredMs: 300, readMs: 500 },
    pairLimit: true,
    pairBurst: 45,
    maxMps: 80,
    managementCallsPerHour: 5000,
    reviewMs: 500,
    webhookConnections: 32,
    historyLimit: 200_000,
    clock: Date.now,
    ...given,
    webhookRetry: {
      firstMs: 1000,
      factor: 2,
      maxMs: 60 * 60 * 1000,
      giveUpMs: 7 * DAY_MS,
      ...webhookRetry,
    },
  }
}
