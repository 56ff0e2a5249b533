/** The sandbox with its embedded database and emulator: when it is ready, and how many orders it carries. */

import { spawn } from 'node:child_process'
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Pool } from 'undici'
import { encodeOrder } from '../load/orders.ts'
import { memoryOf } from '../measure/cpu-time.ts'
import { summarize } from '../measure/summary.ts'
import type { Summary } from '../measure/summary.ts'
import type { Bench } from '../rounds/bench.ts'
import { ROOT } from '../services/child.ts'
import { findFreePort } from '../services/free-port.ts'
import type { OtherLine, OtherOptions } from '../figure.ts'

const REQUESTS_AT_ONCE = 64
const WARM_UP = 200
const ORDERS_A_SECOND = 300
const READY_MS = 120_000

interface Sandbox {
  url: string
  pid: number
  readySeconds: number
  key: string
  stop(): Promise<void>
}

export async function runSandbox(
  bench: Bench,
  { rounds, seconds }: OtherOptions,
): Promise<OtherLine> {
  const first: number[] = []
  const second: number[] = []
  const speeds: number[] = []
  const memory: (number | null)[] = []
  const wrong: string[] = []
  const orders = ORDERS_A_SECOND * (seconds ?? 10)
  for (let round = 1; round <= rounds; round += 1) {
    const directory = mkdtempSync(path.join(tmpdir(), 'aviso-bench-sandbox-'))
    try {
      const made = await startSandbox(directory, bench.logDirectory)
      first.push(made.readySeconds)
      await made.stop()
      const sandbox = await startSandbox(directory, bench.logDirectory)
      second.push(sandbox.readySeconds)
      try {
        await publishAndFollow(sandbox, 0, WARM_UP)
        const started = performance.now()
        wrong.push(...(await publishAndFollow(sandbox, WARM_UP, orders)))
        speeds.push(orders / ((performance.now() - started) / 1000))
        memory.push(memoryOf(sandbox.pid)?.now ?? null)
      } finally {
        await sandbox.stop()
      }
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
    console.error(
      `sandbox ${round}: ${speeds.at(-1)?.toFixed(0) ?? '?'} orders/s, ready in ${first.at(-1)?.toFixed(1) ?? '?'} and ${second.at(-1)?.toFixed(1) ?? '?'} s`,
    )
  }
  const values = {
    orders_per_second: summarize(speeds),
    first_start_s: summarize(first),
    second_start_s: summarize(second),
    memory_mib: summarize(memory),
  }
  return {
    rounds,
    values: { sandbox: values },
    medians: prefixed('sandbox', values),
    verified: wrong.length === 0,
    wrong,
  }
}

function prefixed(name: string, values: Record<string, Summary | null>): OtherLine['medians'] {
  return Object.fromEntries(
    Object.entries(values).map(([key, summary]) => [`${name}.${key}`, summary]),
  )
}

async function startSandbox(directory: string, logDirectory: string): Promise<Sandbox> {
  const port = await findFreePort()
  // Each start makes a new key; the former one's file must not be read.
  rmSync(path.join(directory, 'client.json'), { force: true })
  const started = performance.now()
  const args = ['bin/aviso.js', 'sandbox', '--data-dir', directory, '--port', String(port)]
  const child = spawn(process.execPath, [...args, '--no-examples'], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const log = createWriteStream(path.join(logDirectory, 'sandbox.log'))
  child.stdout.pipe(log, { end: false })
  child.stderr.pipe(log, { end: false })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    await ended
    log.end()
  }
  const url = `http://127.0.0.1:${port}`
  for (;;) {
    const status = await fetch(`${url}/readyz`).then(
      (response) => response.status,
      () => 0,
    )
    if (status === 200) break
    if (child.exitCode !== null || performance.now() - started > READY_MS) {
      await stop()
      throw new Error('the sandbox does not start; see sandbox.log')
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const readySeconds = (performance.now() - started) / 1000
  return { url, pid: child.pid ?? 0, readySeconds, key: await readKey(directory), stop }
}

/** Written a moment after the port answers. */
async function readKey(directory: string): Promise<string> {
  for (;;) {
    try {
      const file = readFileSync(path.join(directory, 'client.json'), 'utf8')
      return (JSON.parse(file) as { api_key: string }).api_key
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

/** @returns what is wrong at the end */
async function publishAndFollow(sandbox: Sandbox, from: number, orders: number): Promise<string[]> {
  const pool = new Pool(sandbox.url, { connections: REQUESTS_AT_ONCE, pipelining: 1 })
  const headers = { authorization: `Bearer ${sandbox.key}`, 'content-type': 'application/json' }
  const timestamp = new Date().toISOString()
  const refused: number[] = []
  let next = from
  const publish = async (): Promise<void> => {
    while (next < from + orders) {
      const body = encodeOrder(next, timestamp)
      next += 1
      const answer = await pool.request({ method: 'POST', path: '/api/v1/events', headers, body })
      if (answer.statusCode !== 202) refused.push(answer.statusCode)
      await answer.body.dump()
    }
  }
  const count = async (status: string): Promise<number> => {
    const path = `/api/v1/whatsapp/messages?limit=1&status=${status}`
    const answer = await pool.request({ method: 'GET', path, headers })
    const text = await answer.body.text()
    // A busy sandbox may say 503: then nobody knows, and it is asked again.
    return answer.statusCode === 200 ? (JSON.parse(text) as { data: unknown[] }).data.length : 1
  }
  await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, publish))
  const until = Date.now() + 120_000
  for (const status of ['PENDING', 'SENT', 'DELIVERED']) {
    while ((await count(status)) > 0 && Date.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  const isAnswered = Date.now() < until
  const failed = isAnswered ? await count('FAILED') : 0
  await pool.close()
  return [
    ...(refused.length > 0
      ? [`${refused.length} events were not taken (${String(refused[0])})`]
      : []),
    ...(!isAnswered ? ['not every order was read within two minutes'] : []),
    ...(failed > 0 ? ['orders failed'] : []),
  ]
}
