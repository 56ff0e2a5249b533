/** What the benchmark and the processes that make its load say to each other. */

export interface StandInSettings {
  /** How long each answer to a send takes, in ms. */
  answerAfterMs: number
  /** Statuses in one webhook at most. */
  statusesPerPost: number
  /** Sockets to the contestant at most. */
  connections: number
}

export type StandInCommand =
  /** From now on count anew, until `orders` have been read. */
  | { kind: 'begin'; orders: number; webhookUrls: string[] }
  | { kind: 'progress' }
  | { kind: 'report' }

export type StandInAnswer =
  | { kind: 'ready'; url: string }
  /** Every webhook of every order has been answered with 200; `at` in ms since 1970. */
  | { kind: 'done'; at: number }
  | ({ kind: 'progress' } & Progress)
  | ({ kind: 'report' } & StandInReport)

export interface Progress {
  accepted: number
  /** Statuses answered with 200. */
  statuses: number
  /** Statuses whose time has come and which have no 200 yet. */
  overdue: number
}

export interface StandInReport extends Progress {
  /** Orders that were accepted more than once: must be 0. */
  acceptedTwice: number
  /** Requests that no order of this run explains. */
  strange: number
  /** Webhooks that had to be sent again. */
  repeated: number
  posts: number
  /** From the moment a webhook was due to its 200, in ms. */
  latency: { p50: number; p99: number; max: number }
  /** By second since `begin`: orders accepted, and p99 of webhooks in ms. */
  seconds: { accepted: number; p99: number }[]
}

export interface ProducerSettings {
  rabbitmqUrl: string
}

export type ProducerCommand =
  /** As fast as the broker confirms; each hundredth is published twice. */
  | { kind: 'fill'; from: number; orders: number }
  /** Each at its own time, whatever happened to those before. `startAt` in ms since 1970. */
  | { kind: 'offer'; from: number; orders: number; perSecond: number; startAt: number }

export type ProducerAnswer =
  | { kind: 'ready' }
  | {
      kind: 'published'
      /** Confirmed by the broker, repeated ones included. */
      confirmed: number
      /** How late the producer itself was, in ms. */
      lateness: { p50: number; p99: number; max: number }
    }
