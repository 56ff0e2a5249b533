/** A process of the benchmark's own, spoken to in messages. */

import { fork } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** A message between processes: `kind` says what it is. */
export interface Envelope {
  kind: string
}

export interface Child<Command extends Envelope, Answer extends Envelope> {
  readonly pid: number
  send(command: Command): void
  /**
   * @returns the next message of that kind
   * @throws when the process ends or `ms` are over before it comes
   */
  next<Kind extends Answer['kind']>(
    kind: Kind,
    ms: number,
  ): Promise<Extract<Answer, { kind: Kind }>>
  signal(name: NodeJS.Signals): void
  stop(): Promise<void>
}

/** @param file from the repository's root; TypeScript is run by tsx */
export function startChild<Command extends Envelope, Answer extends Envelope>(
  file: string,
  settings: unknown,
  options: { execArgv?: string[]; args?: string[]; env?: NodeJS.ProcessEnv; log: string },
): Child<Command, Answer> {
  const child = fork(file, options.args ?? [JSON.stringify(settings)], {
    cwd: ROOT,
    execArgv: options.execArgv ?? ['--import', 'tsx'],
    env: options.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const log = createWriteStream(options.log)
  child.stdout?.pipe(log, { end: false })
  child.stderr?.pipe(log, { end: false })
  const waiting = new Map<string, { resolve(answer: Answer): void; reject(error: Error): void }>()
  const ended = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      const error = new Error(
        `${file} ended with ${String(code ?? signal)}; what it said is in ${options.log}`,
      )
      for (const { reject } of waiting.values()) reject(error)
      waiting.clear()
      log.end()
      resolve()
    })
  })
  child.on('message', (answer: Answer) => {
    waiting.get(answer.kind)?.resolve(answer)
    waiting.delete(answer.kind)
  })
  return {
    pid: child.pid ?? 0,
    send(command) {
      child.send(command)
    },
    next<Kind extends Answer['kind']>(kind: Kind, ms: number) {
      return new Promise<Extract<Answer, { kind: Kind }>>((resolve, reject) => {
        if (child.exitCode !== null || child.signalCode !== null) {
          reject(new Error(`${file} has ended; what it said is in ${options.log}`))
          return
        }
        const timer = setTimeout(() => {
          waiting.delete(kind)
          reject(new Error(`${file} gave no ${kind} within ${ms / 1000} s; see ${options.log}`))
        }, ms)
        waiting.set(kind, {
          resolve(answer) {
            clearTimeout(timer)
            resolve(answer as Extract<Answer, { kind: Kind }>)
          },
          reject(error) {
            clearTimeout(timer)
            reject(error)
          },
        })
      })
    },
    signal(name) {
      child.kill(name)
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGCONT')
      child.kill('SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), 20_000)
      await ended
      clearTimeout(late)
    },
  }
}
