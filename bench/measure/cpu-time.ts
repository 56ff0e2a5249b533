/** Processor time of processes, from the kernel's own count (Linux; elsewhere it is unknown). */

import { readFileSync, readdirSync, readlinkSync } from 'node:fs'

/** Ticks a second of /proc: 100 on every Linux that runs Node. */
const MICROSECONDS_A_TICK = 10_000

/** @returns processor time in microseconds of a process and of those it has waited for; null: unknown */
export function cpuTimeOf(pid: number): number | null {
  const stat = readStat(pid)
  if (stat === null) return null
  const [utime, stime, cutime, cstime] = [11, 12, 13, 14].map((index) => Number(stat[index]))
  return ((utime ?? 0) + (stime ?? 0) + (cutime ?? 0) + (cstime ?? 0)) * MICROSECONDS_A_TICK
}

/** A process with its living children: a PostgreSQL server is its postmaster and all backends. */
export function cpuTimeOfTree(pid: number): number | null {
  const own = cpuTimeOf(pid)
  if (own === null) return null
  return childrenOf(pid).reduce((sum, child) => sum + (cpuTimeOfTree(child) ?? 0), own)
}

/** @returns resident memory in MiB now, and the most there was; null: unknown */
export function memoryOf(pid: number): { now: number; most: number } | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const read = (name: string) =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) / 1024
    return { now: read('VmRSS'), most: read('VmHWM') }
  } catch {
    return null
  }
}

/** @returns the process that listens on a TCP port of this machine; null: none, or not ours to see */
export function pidListeningOn(port: number): number | null {
  const inodes = new Set(
    ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => listeningInodes(file, port)),
  )
  if (inodes.size === 0) return null
  for (const pid of processIds()) {
    if (hasSocket(pid, inodes)) return pid
  }
  return null
}

function listeningInodes(file: string, port: number): string[] {
  const LISTEN = '0A'
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, local, , state]) => local?.endsWith(suffix) === true && state === LISTEN)
      .map((columns) => columns[9] ?? '')
  } catch {
    return []
  }
}

function hasSocket(pid: number, inodes: ReadonlySet<string>): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1]
      return inode !== undefined && inodes.has(inode)
    })
  } catch {
    return false
  }
}

function childrenOf(pid: number): number[] {
  return processIds().filter((other) => Number(readStat(other)?.[1]) === pid)
}

function processIds(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
  } catch {
    return []
  }
}

/** The fields behind the name, which may itself hold spaces and brackets: [0] is the state. */
function readStat(pid: number): string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return null
  }
}
