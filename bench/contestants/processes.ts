/** The processes of a contestant, with the measuring inside. */

import path from 'node:path'
import { startChild } from '../services/child.ts'
import type { Child, Envelope } from '../services/child.ts'
import { WEBHOOK_PATH } from '../load/orders.ts'
import type { Inside, Running } from './contestant.ts'

type Answer = { kind: 'inside' } & Inside
type MeasuredProcess = Child<Envelope, Answer>

export interface ProcessSpec {
  file: string
  args: string[]
  execArgv: string[]
  env: NodeJS.ProcessEnv
  port: number
  log: string
}

/** As the image starts the service (Dockerfile); every contestant has the same. */
const NODE_FLAGS = ['--max-semi-space-size=64', '--v8-pool-size=2']
const PRELOAD = './bench/preload/measure.mjs'

/** Starts them and waits until each answers on `readyPath`. */
export async function startProcesses(
  specs: readonly ProcessSpec[],
  readyPath: string,
): Promise<Running> {
  const children = specs.map(({ file, args, execArgv, env, log }) =>
    startChild<Envelope, Answer>(file, null, {
      args,
      execArgv: [...NODE_FLAGS, ...execArgv, '--import', PRELOAD],
      env: { ...process.env, ...env },
      log,
    }),
  )
  const stop = async (): Promise<void> => {
    await Promise.all(children.map((child) => child.stop()))
  }
  const urls = specs.map(({ port }) => `http://127.0.0.1:${port}`)
  try {
    await Promise.all(
      urls.map((url, index) => untilAnswers(`${url}${readyPath}`, specs[index]?.log ?? '')),
    )
  } catch (error) {
    await stop()
    throw error
  }
  return {
    pids: children.map(({ pid }) => pid),
    webhookUrls: urls.map((url) => `${url}${WEBHOOK_PATH}`),
    pause: () => children.forEach((child) => child.signal('SIGSTOP')),
    resume: () => children.forEach((child) => child.signal('SIGCONT')),
    beginMeasuring: () => children.forEach((child) => child.send({ kind: 'begin' })),
    endMeasuring: () => endMeasuring(children),
    stop,
  }
}

export function logFile(directory: string, name: string): string {
  return path.join(directory, `${name}.log`)
}

async function endMeasuring(children: readonly MeasuredProcess[]): Promise<Inside | null> {
  const answers = await Promise.all(
    children.map((child) => {
      const answer = child.next('inside', 30_000)
      child.send({ kind: 'end' })
      return answer
    }),
  )
  const [worst] = answers.sort((a, b) => b.eventLoop.p99 - a.eventLoop.p99)
  return worst ?? null
}

async function untilAnswers(url: string, log: string): Promise<void> {
  const until = Date.now() + 60_000
  for (;;) {
    const status = await fetch(url).then(
      (response) => response.status,
      () => 0,
    )
    if (status === 200) return
    if (Date.now() > until) throw new Error(`${url} answers ${status}; see ${log}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
