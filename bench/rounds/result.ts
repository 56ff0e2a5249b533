import type { Inside } from '../contestants/contestant.ts'
import type { StandInReport } from '../load/protocol.ts'
import type { Disturbance } from '../measure/machine.ts'

/** Microseconds of processor time an order; null: not known. */
export interface CpuPerOrder {
  service: number | null
  postgres: number | null
  rabbitmq: number | null
  stand_in: number | null
  producer: number | null
}

export interface RoundResult {
  contestant: string
  orders: number
  /** Of the measured part. */
  seconds: number
  ordersPerSecond: number
  cpu: CpuPerOrder
  walBytesPerOrder: number
  updatesPerOrder: number
  hotShare: number
  inside: Inside | null
  /** Of all processes of the service, in MiB, at the end. */
  memoryMib: number | null
  standIn: StandInReport
  /** From an order's due time to its acceptance's commit, in ms; open loop only. */
  acceptDelay: { p50: number; p99: number; max: number } | null
  /** Orders offered and not accepted, at the moment the offering ended; open loop only. */
  backlog: number | null
  /** How late the producer was, p99 in ms; open loop only. */
  producerLateness: number | null
  /** What was lost, doubled or left over; none when all is well. */
  wrong: string[]
  disturbance: Disturbance | null
  /** Microseconds of a fixed piece of work just before: how fast the core was. */
  spin: number
}
