import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { runCli } from '../../src/cli/run-cli.ts'
import { loadSandboxConfig } from '../../src/config.ts'
import { runSandbox } from '../../src/sandbox/sandbox.ts'

const directory = mkdtempSync(path.join(tmpdir(), 'aviso-sandbox-'))

/** Starts a sandbox, resolves once it has said everything, and tells how to stop it. */
async function start(dataDir: string) {
  const loaded = loadSandboxConfig({}, { dataDir, port: 0 })
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
      if (line.startsWith('Ctrl-C')) tell()
    },
    untilStopped: () => stopped,
  })
  await Promise.race([said, exit])
  return { lines, text: lines.join('\n'), stop: () => (stop(), exit) }
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

  it('refuses a directory that another process holds, with one clear line', async () => {
    const dataDir = path.join(directory, 'two')
    const first = await start(dataDir)
    await expect(start(dataDir)).rejects.toThrow(/in use by process \d+/)
    expect(await first.stop()).toBe(0)
  }, 60_000)
})
