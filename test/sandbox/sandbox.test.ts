import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { runCli } from '../../src/cli/run-cli.ts'
import { loadSandboxConfig } from '../../src/config.ts'
import { runSandbox } from '../../src/sandbox/sandbox.ts'

const directory = mkdtempSync(path.join(tmpdir(), 'aviso-sandbox-'))

/** Starts a sandbox, resolves once it has said everything, and tells how to stop it. */
async function start(dataDir: string, env: Record<string, string> = {}, heard = noOne) {
  const loaded = loadSandboxConfig({ PORT: '0', ...env }, { dataDir })
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'))
  const lines: string[] = []
  let tell: () => void = () => {}
  const said = new Promise<void>((resolve) => {
    tell = resolve
  })
  let stop: () => void = () => {}
  const stopped = new Promise<void>((resolve) => {
    stop = resolve
  })
  const exit = runSandbox(loaded.config, {
    isTerminal: false,
    err: (line) => lines.push(line),
    out(line) {
      lines.push(line)
      heard(line)
      if (line.startsWith('Ctrl-C')) tell()
    },
    untilStopped: () => stopped,
  })
  await Promise.race([said, exit])
  const list = async (what: string): Promise<unknown[]> => {
    const file = path.join(dataDir, 'client.json')
    const { url, api_key: key } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>
    const headers = { authorization: `Bearer ${key ?? ''}` }
    const answer = await fetch(`${url ?? ''}/api/v1/${what}`, { headers })
    return ((await answer.json()) as { data: unknown[] }).data
  }
  return { lines, text: lines.join('\n'), list, stop: () => (stop(), exit) }
}

function noOne(_line: string): void {
  // Nobody listens.
}

/** A port that somebody else listens on until it is free again. */
async function takePort(): Promise<{ port: number; free: () => void }> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { port, free: () => server.close() }
}

describe('the sandbox', () => {
  afterAll(() => {
    rmSync(directory, { recursive: true, force: true })
  })

  it('shows five orders on their way, takes one’s own in both ways it prints, stops with 0, and starts again with everything', async () => {
    const dataDir = path.join(directory, 'one')
    const first = await start(dataDir)
    expect(first.lines.filter((line) => line.endsWith('→ READ'))).toHaveLength(4)
    expect(first.text).toContain('PENDING → SENT → DELIVERED → READ')
    expect(first.text).toMatch(/PENDING → SENT → FAILED\n.*\(131026\).*\n.*What to do: /)
    const key = /^API key: (\S+)$/m.exec(first.text)?.[1] ?? ''
    const client = path.join(dataDir, 'client.json')
    expect(JSON.parse(readFileSync(client, 'utf8'))).toMatchObject({ api_key: key })
    expect(statSync(client).mode & 0o777).toBe(0o600)

    const curl = /^curl -X POST (\S+) .* -d '(.*)'$/m.exec(first.text)
    const posted = await fetch(curl?.[1] ?? '', {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: curl?.[2] ?? '',
    })
    expect(posted.status).toBe(202)

    const publish = /^npx aviso (publish .*)$/m.exec(first.text)?.[1]?.split(' ') ?? []
    const out: string[] = []
    const io = {
      out: (line: string) => out.push(line),
      err: (line: string) => out.push(line),
      isTerminal: false,
      redraw: null,
      color: false,
      cwd: process.cwd(),
      now: () => new Date(),
      ask: () => Promise.resolve(null),
      readStdin: () => Promise.resolve(Buffer.alloc(0)),
      untilStopped: () => new Promise<void>(() => undefined),
    }
    expect(await runCli(publish, {}, io)).toBe(0)
    expect(out.join('\n')).toContain('accepted')
    expect(await first.stop()).toBe(0)
    // What it logs stands in its directory; the terminal is for people.
    expect(readFileSync(path.join(dataDir, 'aviso.log'), 'utf8')).toContain('templates.synced')
    expect(first.text).toContain(path.join(dataDir, 'aviso.log'))

    const second = await start(dataDir)
    expect(second.text).not.toContain('Publishing')
    expect(second.text).not.toContain(key)
    const seen: string[] = []
    const listed = { ...io, out: (line: string) => seen.push(line) }
    expect(await runCli(['messages', '--json', '--data-dir', dataDir], {}, listed)).toBe(0)
    expect(seen).toHaveLength(7)
    expect(await second.stop()).toBe(0)
  }, 60_000)

  it('publishes the examples of a new directory once, also where starts before failed on taken ports', async () => {
    const dataDir = path.join(directory, 'taken')
    const { port, free } = await takePort()
    for (const name of ['PORT', 'AVISO_EMULATOR_PORT', 'AVISO_METRICS_PORT']) {
      await expect(start(dataDir, { [name]: String(port) })).rejects.toThrow(String(port))
    }
    free()
    const second = await start(dataDir)
    expect(second.text).toContain('Publishing 5')
    expect(second.lines.filter((line) => line.endsWith('→ READ'))).toHaveLength(4)
    expect(await second.stop()).toBe(0)
    const third = await start(dataDir)
    expect(third.text).not.toContain('Publishing')
    expect(await third.stop()).toBe(0)
  }, 90_000)

  it('publishes the examples anew, and makes none twice, after a start that died among them', async () => {
    const dataDir = path.join(directory, 'died')
    const pending = path.join(dataDir, 'examples-pending')
    const kept: string[] = []
    const first = await start(dataDir, {}, (line) => {
      if (line.startsWith('Publishing')) kept.push(readFileSync(pending, 'utf8'))
    })
    expect(await first.stop()).toBe(0)
    // As a process leaves it that dies before it can say that they are published.
    writeFileSync(pending, kept.join())
    const second = await start(dataDir)
    expect(second.text).toContain('Publishing 5')
    expect(second.lines.filter((line) => line.endsWith('→ READ'))).toHaveLength(4)
    expect(await second.list('whatsapp/messages')).toHaveLength(5)
    expect(await second.list('rejected-events')).toEqual([])
    expect(await second.stop()).toBe(0)
    expect(existsSync(pending)).toBe(false)
  }, 60_000)

  it('refuses a directory that another process holds, with one clear line', async () => {
    const dataDir = path.join(directory, 'two')
    const first = await start(dataDir)
    await expect(start(dataDir)).rejects.toThrow(/in use by process \d+/)
    expect(await first.stop()).toBe(0)
  }, 60_000)
})
