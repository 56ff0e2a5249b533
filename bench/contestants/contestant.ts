import type pg from 'pg'

/** What a contestant finds when it starts: an empty queue, an empty database, and the stand-in. */
export interface Stage {
  databaseUrl: string
  rabbitmqUrl: string
  graphUrl: string
  logDirectory: string
}

/** Of the service's processes between two moments. */
export interface Inside {
  /** How late timers ran, in ms: what an arriving webhook waits at least. */
  eventLoop: { p50: number; p99: number; max: number }
  /** Share of the time in which the event loop was busy. */
  utilization: number
}

/** A contestant at work. */
export interface Running {
  readonly pids: readonly number[]
  readonly webhookUrls: readonly string[]
  /** Stands still: nothing is consumed while a queue is filled. */
  pause(): void
  resume(): void
  beginMeasuring(): void
  /** Of the slowest of its processes; null where nothing inside can be asked. */
  endMeasuring(): Promise<Inside | null>
  stop(): Promise<void>
}

export interface Tables {
  /** Orders whose acceptance and three times are all there. */
  complete: number
  /** Rows of orders, whatever their state. */
  orders: number
  /** Sentences about what must not be; none when all is well. */
  wrong: string[]
  updates: { all: number; hot: number }
}

export interface Contestant {
  readonly name: string
  /** A migrated database to copy; undefined: it starts with an empty one and makes its tables. */
  readonly template?: string | undefined
  /** True: it makes exchange, queue and binding itself. */
  readonly declaresQueue: boolean
  start(stage: Stage): Promise<Running>
  /** After it has stopped. @param ordersFrom only orders from this number on count */
  readTables(client: pg.Client, ordersFrom: number): Promise<Tables>
  /** From the order's due time to the acceptance's commit, in ms, ascending; undefined: not known. */
  acceptDelays?(client: pg.Client, ordersFrom: number): Promise<number[]>
}
