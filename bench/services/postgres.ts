/**
 * The PostgreSQL that is measured: `DATABASE_URL`, or else a server of the benchmark's own, so that its
 * log volume and processor time are nobody else's.
 */

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  chownSync,
  readFileSync,
  readdirSync,
} from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { cpuTimeOfTree } from '../measure/cpu-time.ts'
import { findFreePort } from './free-port.ts'
import { reserveHugePages } from './huge-pages.ts'
import type { HugePages } from './huge-pages.ts'

export interface Postgres {
  /** In words, for the results. */
  readonly description: string
  urlOf(database: string): string
  /** On the maintenance database. */
  query<Row extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]>
  /** Drops it where it exists. @param template an empty database where none is given */
  makeDatabase(name: string, template?: string): Promise<void>
  dropDatabase(name: string): Promise<void>
  hasDatabase(name: string): Promise<boolean>
  /** Of the server with all its processes, in microseconds; null: not on this machine. */
  cpuTime(): number | null
  /** Position in the log, in bytes. */
  walPosition(): Promise<number>
  stop(): Promise<void>
}

export interface PostgresOptions {
  /** Where a server of the benchmark's own keeps its data, from run to run. */
  directory: string
  /** With pg_stat_statements, which costs some percent. */
  profile: boolean
  /** For filling a database that is synced at the end: nothing that is lost in a crash would be missed. */
  loading?: boolean
  logDirectory: string
}

export async function openPostgres(options: PostgresOptions): Promise<Postgres> {
  const given = process.env['DATABASE_URL'] ?? ''
  if (given !== '') return openServer(given, () => Promise.resolve())
  const { url, stop } = await startServer(options)
  return openServer(url, stop)
}

async function openServer(adminUrl: string, stop: () => Promise<void>): Promise<Postgres> {
  const client = new pg.Client({ connectionString: adminUrl, application_name: 'aviso bench' })
  await client.connect()
  const query = async <Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []) =>
    (await client.query<Row>(sql, values)).rows
  const urlOf = (database: string): string => {
    const url = new URL(adminUrl)
    url.pathname = `/${database}`
    return url.href
  }
  const dropDatabase = async (name: string): Promise<void> => {
    await query(`drop database if exists "${name}" with (force)`)
  }
  const [server] = await query<{ version: string; directory: string | null; settings: string }>(
    `select current_setting('server_version') as version,
            (select setting from pg_settings where name = 'data_directory') as directory,
            (select string_agg(name || ' ' || current_setting(name), ', ' order by name) from pg_settings
             where name in ('shared_buffers', 'synchronous_commit', 'fsync', 'max_wal_size', 'huge_pages')) as settings`,
  )
  const pid = postmasterOf(server?.directory ?? null)
  return {
    description: `PostgreSQL ${server?.version ?? ''} (${server?.settings ?? ''})`,
    urlOf,
    query,
    dropDatabase,
    async makeDatabase(name, template) {
      await dropDatabase(name)
      await query(
        `create database "${name}"${template === undefined ? '' : ` template "${template}"`}`,
      )
    },
    async hasDatabase(name) {
      return (await query('select 1 from pg_database where datname = $1', [name])).length > 0
    },
    cpuTime: () => (pid === null ? null : cpuTimeOfTree(pid)),
    async walPosition() {
      const [row] = await query<{ position: string }>(
        `select pg_current_wal_insert_lsn() - '0/0'::pg_lsn as position`,
      )
      return Number(row?.position ?? 0)
    },
    async stop() {
      await client.end()
      await stop()
    },
  }
}

function postmasterOf(directory: string | null): number | null {
  if (directory === null) return null
  try {
    return Number(readFileSync(path.join(directory, 'postmaster.pid'), 'utf8').split('\n')[0])
  } catch {
    return null
  }
}

/** A quarter of the memory, as PostgreSQL's manual advises. */
const sharedMiB = (): number => Math.min(4096, Math.round(os.totalmem() / 2 ** 20 / 4))

/** All that decides durability is the default. */
function settingsOf(port: number, options: PostgresOptions, hugePages: HugePages): string[] {
  const settings = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    `shared_buffers=${sharedMiB()}MB`,
    `huge_pages=${hugePages.setting}`,
    'max_wal_size=8GB',
    'synchronous_commit=on',
    // When an acceptance became durable, for the time from event to acceptance.
    'track_commit_timestamp=on',
    ...(options.profile
      ? [
          'shared_preload_libraries=pg_stat_statements',
          'pg_stat_statements.track_planning=on',
          'pg_stat_statements.track=all',
          'compute_query_id=on',
          'track_io_timing=on',
        ]
      : []),
  ]
  if (options.loading === true) {
    settings.push('fsync=off', 'full_page_writes=off', 'autovacuum=off', 'wal_level=minimal')
    settings.push('max_wal_senders=0', 'maintenance_work_mem=1GB')
  }
  const more = (process.env['AVISO_BENCH_POSTGRES'] ?? '').split(/\s+/).filter((one) => one !== '')
  return [...settings, ...more].flatMap((setting) => ['-c', setting])
}

async function startServer(
  options: PostgresOptions,
): Promise<{ url: string; stop: () => Promise<void> }> {
  const bin = findBinaries()
  const data = path.join(options.directory, 'postgres')
  const user = serverUser()
  const log = createWriteStream(path.join(options.logDirectory, 'postgres.log'))
  const run = (name: string, args: string[]): ChildProcess => {
    const child = spawn(path.join(bin, name), args, {
      ...user,
      cwd: '/',
      env: { ...process.env, PGOPTIONS: '', LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child.stdout.pipe(log, { end: false })
    child.stderr.pipe(log, { end: false })
    return child
  }
  mkdirSync(data, { recursive: true })
  if (user !== undefined) chownSync(data, user.uid, user.gid)
  if (!existsSync(path.join(data, 'PG_VERSION'))) {
    await ended(
      run('initdb', [
        '-D',
        data,
        '-U',
        'postgres',
        '--auth=trust',
        '--encoding=UTF8',
        '--locale=C',
      ]),
    )
  }
  const port = await findFreePort()
  const hugePages = reserveHugePages(sharedMiB())
  const server = run('postgres', ['-D', data, ...settingsOf(port, options, hugePages)])
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  await untilAnswers(url, server).catch((error: unknown) => {
    hugePages.release()
    throw error
  })
  return {
    url,
    async stop() {
      server.kill('SIGINT')
      await ended(server)
      hugePages.release()
      log.end()
    },
  }
}

/** PostgreSQL refuses to run as root; then it runs as the user its package made. */
function serverUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith('postgres:'))
  const [, , uid, gid] = line?.split(':') ?? []
  if (uid === undefined || gid === undefined) {
    throw new Error(
      'PostgreSQL does not run as root, and there is no user postgres; set DATABASE_URL',
    )
  }
  return { uid: Number(uid), gid: Number(gid) }
}

function findBinaries(): string {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).map(Number) : []
  const candidates = [
    ...versions.sort((a, b) => b - a).map((version) => `${debian}/${version}/bin`),
    ...(process.env['PATH'] ?? '').split(path.delimiter),
  ]
  const found = candidates.find((directory) => existsSync(path.join(directory, 'initdb')))
  if (found === undefined) {
    throw new Error('no PostgreSQL server is installed; install one, or set DATABASE_URL to one')
  }
  return found
}

async function untilAnswers(url: string, server: ChildProcess): Promise<void> {
  // A server that was killed reads its log first.
  const until = Date.now() + 120_000
  for (;;) {
    const client = new pg.Client({ connectionString: url })
    try {
      await client.connect()
      await client.end()
      return
    } catch (error) {
      if (server.exitCode !== null || Date.now() > until) {
        throw new Error('PostgreSQL does not start; see postgres.log', { cause: error })
      }
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve()
    else child.once('exit', () => resolve())
  })
}
