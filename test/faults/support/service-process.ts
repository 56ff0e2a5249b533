import { spawn } from 'node:child_process'
import { closeSync, existsSync, openSync } from 'node:fs'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('../../../bin/aviso.js', import.meta.url))
const READY_WITHIN_MS = 60_000
/** A test run that is itself killed leaves no service behind. Part of util-linux, so of any Linux. */
const DIES_WITH_US = existsSync('/usr/bin/setpriv') ? ['setpriv', '--pdeathsig', 'KILL'] : []

/** `aviso serve` as a process of its own, that can be killed. */
export interface ServiceProcess {
  readonly pid: number
  readonly url: string
  /** How it ended; pending while it runs. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  readonly isRunning: boolean
  /** @throws when it ends before it is ready */
  untilReady(): Promise<void>
  signal(signal: NodeJS.Signals): void
}

export interface ServiceOptions {
  /** Both its standard streams go there. */
  log: string
  directory: string
  port: number
  environment: Record<string, string>
  roles?: string
  /** Armed as by `AVISO_FAILPOINTS`. */
  failpoints?: string
  /** Of Node, before the program. */
  nodeOptions?: readonly string[]
  /** A program that starts it, such as prlimit. */
  wrapper?: readonly string[]
}

export function startService(options: ServiceOptions): ServiceProcess {
  const out = openSync(options.log, 'a')
  const [command = process.execPath, ...args] = [
    ...DIES_WITH_US,
    ...(options.wrapper ?? []),
    process.execPath,
    ...(options.nodeOptions ?? []),
    PROGRAM,
    'serve',
    ...(options.roles === undefined ? [] : ['--roles', options.roles]),
  ]
  const child = spawn(command, args, {
    // There is no .env.
    cwd: options.directory,
    env: {
      PATH: process.env['PATH'] ?? '',
      ...options.environment,
      HOST: '127.0.0.1',
      PORT: String(options.port),
      ...(options.failpoints !== undefined && {
        AVISO_TEST: 'failpoints',
        AVISO_FAILPOINTS: options.failpoints,
      }),
    },
    stdio: ['ignore', out, out],
  })
  closeSync(out)
  let isRunning = true
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('exit', (code, signal) => {
      isRunning = false
      resolve({ code, signal })
    })
  })
  const url = `http://127.0.0.1:${options.port}`
  return {
    pid: child.pid ?? 0,
    url,
    ended,
    get isRunning() {
      return isRunning
    },
    async untilReady() {
      const started = performance.now()
      while (!(await isReady(url))) {
        if (!isRunning)
          throw new Error(`it ended before it was ready: ${path.basename(options.log)}`)
        if (performance.now() - started > READY_WITHIN_MS)
          throw new Error('it is not ready after 60 s')
        await setTimeout(20)
      }
    },
    signal(signal) {
      if (isRunning) child.kill(signal)
    },
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2000) })
    await answer.arrayBuffer()
    return answer.ok
  } catch {
    return false
  }
}
