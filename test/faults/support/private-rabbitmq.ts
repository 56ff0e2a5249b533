import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { findFreePort } from '../../support/free-port.ts'

const run = promisify(execFile)
const COMMAND_WITHIN_MS = 60_000
const BOOT_WITHIN_MS = 60_000

/** Where a RabbitMQ of this run's own lives: plain data, so that every test file can be given it. */
export interface RabbitmqPlace {
  bin: string
  directory: string
  node: string
  port: number
  url: string
  environment: Record<string, string>
}

/** A broker that a test may break: it is nobody else's. */
export interface PrivateRabbitmq {
  readonly url: string
  /** SIGKILL, at once. */
  kill(): void
  /** Of a broker that was killed: resolves when it takes connections. */
  boot(): Promise<void>
  /** `rabbitmqctl`: its words. */
  control(...args: string[]): Promise<string>
}

/** @returns why there can be none, where there can be none */
export async function installRabbitmq(): Promise<RabbitmqPlace | { reason: string }> {
  const bin = findBinaries()
  if (bin === undefined) return { reason: 'no rabbitmq-server below /usr/lib/rabbitmq' }
  const directory = await mkdtemp(path.join(tmpdir(), 'aviso-test-faults-rabbitmq-'))
  const [port, distribution, epmd] = [
    await findFreePort(),
    await findFreePort(),
    await findFreePort(),
  ]
  const node = `aviso_${randomBytes(4).toString('hex')}@localhost`
  const plugins = path.join(directory, 'enabled_plugins')
  const config = path.join(directory, 'rabbitmq.conf')
  await mkdir(path.join(directory, 'home'))
  writeFileSync(plugins, '[].\n')
  writeFileSync(config, 'loopback_users = none\nlisteners.tcp.default = ' + `127.0.0.1:${port}\n`)
  const environment = {
    HOME: path.join(directory, 'home'),
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    LANG: 'C.UTF-8',
    RABBITMQ_NODENAME: node,
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_DIST_PORT: String(distribution),
    // An epmd of its own: the machine's may belong to somebody else, and would outlive us.
    ERL_EPMD_PORT: String(epmd),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_MNESIA_BASE: path.join(directory, 'data'),
    RABBITMQ_LOG_BASE: path.join(directory, 'log'),
    RABBITMQ_ENABLED_PLUGINS_FILE: plugins,
    RABBITMQ_CONFIG_FILE: config,
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+S 2:2 +sbwt none',
  }
  const url = `amqp://guest:guest@127.0.0.1:${port}`
  const place = { bin, directory, node, port, url, environment }
  await useRabbitmq(place).boot()
  return place
}

export function useRabbitmq(place: RabbitmqPlace): PrivateRabbitmq {
  return {
    url: place.url,
    kill: () => killRabbitmq(place),
    async boot() {
      const out = openSync(path.join(place.directory, 'output'), 'a')
      const server = spawn(path.join(place.bin, 'rabbitmq-server'), [], {
        // A group of its own: script and broker are killed together, also by another test file.
        detached: true,
        cwd: place.directory,
        env: place.environment,
        stdio: ['ignore', out, out],
      })
      closeSync(out)
      server.unref()
      writeFileSync(pidFile(place), String(server.pid))
      await untilItAnswers(place)
    },
    async control(...args) {
      const { stdout } = await run(
        path.join(place.bin, 'rabbitmqctl'),
        ['--quiet', '--node', place.node, ...args],
        { cwd: place.directory, env: place.environment, timeout: COMMAND_WITHIN_MS },
      )
      return stdout
    },
  }
}

export async function removeRabbitmq(place: RabbitmqPlace): Promise<void> {
  killRabbitmq(place)
  const { ERL_EPMD_PORT: port = '' } = place.environment
  // It refuses for as long as it believes the node to be there.
  for (let tries = 0; tries < 20; tries += 1) {
    const { stdout } = await run('epmd', ['-port', port, '-kill'], {
      env: place.environment,
    }).catch(() => ({ stdout: '' }))
    if (stdout.includes('Killed')) break
    await setTimeout(100)
  }
  await rm(place.directory, { recursive: true, force: true })
}

/** Also for the end of a process that cannot wait. */
export function killRabbitmq(place: RabbitmqPlace): void {
  if (!existsSync(pidFile(place))) return
  try {
    process.kill(-Number(readFileSync(pidFile(place), 'utf8')), 'SIGKILL')
  } catch {
    // It is gone already.
  }
}

function pidFile(place: RabbitmqPlace): string {
  return path.join(place.directory, 'pid')
}

/** The broker greets: then its queues are there, too. */
async function untilItAnswers(place: RabbitmqPlace): Promise<void> {
  const started = performance.now()
  while (performance.now() - started < BOOT_WITHIN_MS) {
    if (await greets(place.port)) return
    await setTimeout(50)
  }
  const said = readFileSync(path.join(place.directory, 'output'), 'utf8').slice(-1000)
  throw new Error(`the broker does not answer: ${said}`)
}

function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    const settle = (answers: boolean) => {
      socket.destroy()
      resolve(answers)
    }
    socket.setTimeout(2000, () => settle(false))
    socket.once('connect', () => socket.write(Buffer.from([0x41, 0x4d, 0x51, 0x50, 0, 0, 9, 1])))
    socket.once('data', (bytes) => settle(bytes[0] === 1))
    socket.once('error', () => settle(false))
    socket.once('end', () => settle(false))
  })
}

function findBinaries(): string | undefined {
  const root = '/usr/lib/rabbitmq/lib'
  if (!existsSync(root)) return undefined
  const server = readdirSync(root).find((name) => name.startsWith('rabbitmq_server-'))
  return server === undefined ? undefined : path.join(root, server, 'sbin')
}
