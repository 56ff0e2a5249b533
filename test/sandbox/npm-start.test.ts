import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, expect, it } from 'vitest'

const dataDir = mkdtempSync(path.join(tmpdir(), 'aviso-npm-start-'))

const groups = new Set<number>()

afterAll(() => {
  for (const pid of groups) {
    try {
      process.kill(-pid, 'SIGKILL')
    } catch {
      // It has ended, as it should.
    }
  }
  rmSync(dataDir, { recursive: true, force: true })
})

/** `npm start` at the head of a process group of its own, as a terminal starts it; said everything. */
async function start() {
  const npm = spawn('npm', ['start', '--', '--data-dir', dataDir, '--port', '0', '--no-examples'], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const { pid } = npm
  if (pid === undefined) throw new Error('npm does not start')
  groups.add(pid)
  const exit = once(npm, 'exit')
  const said = new Promise<void>((resolve) => {
    let text = ''
    npm.stdout.on('data', (chunk) => {
      text += String(chunk)
      if (text.includes('Ctrl-C ends')) resolve()
    })
  })
  await Promise.race([said, exit])
  return { pid, exit }
}

// npm passes a signal on, so a group that is signalled brings it to the sandbox twice. How long the stop
// may take is the sandbox's own limit (4 s); here only a hang fails, whatever else the machine does.
it.each([
  ['Ctrl-C', 'SIGINT', 'group'],
  ['SIGTERM to npm alone', 'SIGTERM', 'npm'],
] as const)(
  'npm start ends with 0 after %s',
  async (_how, signal, whom) => {
    const { pid, exit } = await start()
    process.kill(whom === 'group' ? -pid : pid, signal)
    expect(await exit).toEqual([0, null])
  },
  180_000,
)
