import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { buffer } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import type { CliIo } from '../../src/cli/io.ts'
import { runCli } from '../../src/cli/run-cli.ts'

export interface SeenRequest {
  method: string
  path: string
  query: Record<string, string>
  headers: IncomingHttpHeaders
  body: string
}

export interface FakeAnswer {
  status?: number
  /** Text goes out as it is, anything else as JSON. */
  body?: unknown
  headers?: Record<string, string>
}

export interface FakeService {
  url: string
  seen: SeenRequest[]
}

/** A service that answers what the test says, until the test ends. */
export async function startService(
  answer: (request: SeenRequest) => FakeAnswer | Promise<FakeAnswer>,
): Promise<FakeService> {
  const seen: SeenRequest[] = []
  const server = createServer((request, response) => {
    void (async () => {
      const url = new URL(request.url ?? '/', 'http://service')
      const one: SeenRequest = {
        method: request.method ?? '',
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        headers: request.headers,
        body: (await buffer(request)).toString('utf8'),
      }
      seen.push(one)
      const { status = 200, body, headers = {} } = await answer(one)
      response.writeHead(status, { 'content-type': 'application/json', ...headers })
      response.end(typeof body === 'string' || body === undefined ? body : JSON.stringify(body))
    })()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${String(port)}`, seen }
}

export interface Ran {
  code: number
  out: string[]
  err: string[]
}

export interface Surroundings {
  env?: Record<string, string>
  stdin?: string | Buffer
  cwd?: string
  io?: Partial<CliIo>
}

/** Runs a command as the program would, in an empty directory of its own. */
export async function run(argv: string[], given: Surroundings = {}): Promise<Ran> {
  const out: string[] = []
  const err: string[] = []
  const io: CliIo = {
    out: (line) => void out.push(...line.split('\n')),
    err: (line) => void err.push(...line.split('\n')),
    isTerminal: false,
    color: false,
    cwd: given.cwd ?? (await temporaryDirectory()),
    redraw: null,
    now: () => new Date('2026-11-23T12:00:00Z'),
    ask: () => Promise.resolve(null),
    readStdin: () => Promise.resolve(Buffer.from(given.stdin ?? '')),
    untilStopped: () => Promise.resolve(),
    ...given.io,
  }
  const code = await runCli(argv, given.env ?? {}, io)
  return { code, out, err }
}

export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'aviso-cli-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return directory
}

/** As the service writes a refusal. */
export function problem(
  status: number,
  code: string,
  more: Record<string, unknown> = {},
): FakeAnswer {
  return {
    status,
    headers: { 'content-type': 'application/problem+json' },
    body: {
      type: `/docs/errors#${code}`,
      title: code,
      status,
      code,
      detail: `It is ${code}.`,
      request_id: 'r1',
      errors: [],
      ...more,
    },
  }
}
