/** The machine: what it is, and whether others used it while something was measured. */

import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import os from 'node:os'

export interface Machine {
  cpu: string
  cores: number
  memory_gib: number
  kernel: string
  node: string
}

export function describeMachine(): Machine {
  return {
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
    cores: os.cpus().length,
    memory_gib: Math.round(os.totalmem() / 2 ** 30),
    kernel: os.release(),
    node: process.version,
  }
}

/** Processor time of the whole machine, in microseconds. */
export interface MachineTime {
  busy: number
  /** Taken by other guests of the same host. */
  stolen: number
  at: number
}

const MICROSECONDS_A_TICK = 10_000

/** @returns null where the kernel does not say */
export function machineTime(): MachineTime | null {
  try {
    const [line = ''] = readFileSync('/proc/stat', 'latin1').split('\n')
    const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line
      .trim()
      .split(/\s+/)
      .slice(1)
      .map((ticks) => Number(ticks) * MICROSECONDS_A_TICK)
    return { busy: user + nice + system + irq + softirq, stolen: steal, at: performance.now() }
  } catch {
    return null
  }
}

/** Of the machine's capacity: what others and other guests took. */
export interface Disturbance {
  others: number
  stolen: number
  disturbed: boolean
}

/** Above this share of the machine a round is marked; it is kept all the same. */
const DISTURBED_SHARE = 0.08

/**
 * @param ours processor time of all processes that belong to the measurement, in microseconds
 */
export function disturbanceBetween(
  before: MachineTime | null,
  after: MachineTime | null,
  ours: number,
): Disturbance | null {
  if (before === null || after === null) return null
  const capacity = (after.at - before.at) * 1000 * os.cpus().length
  const others = Math.max(0, after.busy - before.busy - ours) / capacity
  const stolen = (after.stolen - before.stolen) / capacity
  return { others, stolen, disturbed: others + stolen > DISTURBED_SHARE }
}

/**
 * How fast a core is just now: what a fixed piece of work (HMAC, as webhooks need it) takes, in
 * microseconds each. Virtual machines change by a factor of two without any of it being visible inside.
 */
export function spin(): number {
  const body = Buffer.alloc(1000, 'x')
  const until = performance.now() + 100
  const started = performance.now()
  let rounds = 0
  while (performance.now() < until) {
    for (let index = 0; index < 50; index += 1) {
      createHmac('sha256', 'secret').update(body).digest('hex')
    }
    rounds += 50
  }
  return ((performance.now() - started) * 1000) / rounds
}
