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
 * Address: `--url`, AVISO_URL, what a running sandbox left, the default port. Key: `--key`,
 * AVISO_API_KEY, the sandbox's, the last only where the address is the sandbox's too.
 *
 * @param urlName what the caller calls `flags.url`
 * @throws AppError `invalid_query` for an address given that is malformed, `configuration` for a variable
 */
export function findService(
  env: Env,
  flags: ServiceFlags,
  cwd: string,
  urlName = 'url',
): FoundService {
  const sandbox = readClientFile(path.resolve(cwd, flags.dataDir ?? DEFAULT_SANDBOX_DIR))
  const { url, origin } = findUrl(env, flags, sandbox, urlName)
  const ownKey = flags.key ?? read(env, settings.apiKey)
  const sandboxKey = sandbox !== undefined && url === sandbox.url ? sandbox.apiKey : null
  return { url, origin, key: ownKey ?? sandboxKey }
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
