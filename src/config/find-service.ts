import { readFileSync } from 'node:fs'
import path from 'node:path'
import { AppError } from '../lib/errors.ts'
import { serviceUrl } from './parsers.ts'
import { settings } from './settings.ts'
import { findProblem, valueOf } from './setting.ts'
import type { Env } from './setting.ts'

export const DEFAULT_SANDBOX_DIR = './data/sandbox'

export interface ServiceFlags {
  url?: string
  key?: string
  dataDir?: string
}

/** Where and as whom the command line and the library speak to the service. */
export interface FoundService {
  url: string
  /** Null: the service is asked without one, and says what it thinks of that. */
  key: string | null
  /** Where the address comes from, for the line that says that nothing answers there. */
  origin: string
}

/**
 * Address: `--url`, `--data-dir`, AVISO_URL, what a running sandbox left, the default port. Key: `--key`,
 * AVISO_API_KEY, the sandbox's, the last only where the address is the sandbox's too. A sandbox that
 * `--data-dir` names goes before both variables: they often name the real service.
 *
 * @param urlName what the caller calls `flags.url`
 * @throws AppError `invalid_query` for an address given that is malformed, `configuration` for a variable,
 *   `unavailable` where no sandbox runs in `--data-dir`
 */
export function findService(
  env: Env,
  flags: ServiceFlags,
  cwd: string,
  urlName = 'url',
): FoundService {
  const sandbox = readClientFile(path.resolve(cwd, flags.dataDir ?? DEFAULT_SANDBOX_DIR))
  const { url, origin } = findUrl(env, flags, sandbox, urlName)
  const isSandbox = sandbox !== undefined && url === sandbox.url
  const sandboxKey = isSandbox ? sandbox.apiKey : null
  if (flags.key !== undefined) return { url, origin, key: flags.key }
  if (isSandbox && flags.dataDir !== undefined) return { url, origin, key: sandboxKey }
  return { url, origin, key: read(env, settings.apiKey) ?? sandboxKey }
}

function findUrl(
  env: Env,
  flags: ServiceFlags,
  sandbox: ClientFile | undefined,
  urlName: string,
): { url: string; origin: string } {
  if (flags.url !== undefined) {
    const parsed = serviceUrl(flags.url)
    if (!parsed.ok) {
      throw new AppError('invalid_query', `${urlName} ${parsed.problem}. ${parsed.remedy}`)
    }
    return { url: parsed.value, origin: urlName }
  }
  if (flags.dataDir !== undefined) {
    if (sandbox !== undefined) return { url: sandbox.url, origin: sandbox.file }
    const detail =
      `no sandbox runs in ${flags.dataDir}, which --data-dir names. Start it with ` +
      'npm start -- --data-dir and the same directory, or name a service with --url.'
    throw new AppError('unavailable', detail)
  }
  const fromEnv = read(env, settings.url)
  if (fromEnv !== null) return { url: fromEnv, origin: 'AVISO_URL' }
  if (sandbox !== undefined) return { url: sandbox.url, origin: sandbox.file }
  const port = read(env, settings.port)
  return { url: `http://127.0.0.1:${String(port === 0 ? 8080 : port)}`, origin: 'the default' }
}

function read<T>(env: Env, setting: Parameters<typeof valueOf<T>>[0]): T {
  const problem = findProblem(setting, env)
  if (problem !== undefined) throw new AppError('configuration', problem)
  return valueOf(setting, env, 'serve')
}

interface ClientFile {
  file: string
  url: string
  apiKey: string | null
}

/** What a sandbox leaves for us; of a sandbox that has ended without cleaning up, nothing. */
function readClientFile(dataDir: string): ClientFile | undefined {
  const file = path.join(dataDir, 'client.json')
  try {
    const content = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
    const { url: address, api_key: apiKey, pid } = content
    const url = serviceUrl(typeof address === 'string' ? address : '')
    if (!url.ok || (typeof pid === 'number' && !isAlive(pid))) return undefined
    return { file, url: url.value, apiKey: typeof apiKey === 'string' ? apiKey : null }
  } catch {
    return undefined
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
