import { readFileSync } from 'node:fs'
import path from 'node:path'
import { DEFAULT_SANDBOX_DIR } from '../config.ts'
import type { Env } from '../config.ts'
import { serviceUrl } from '../config/parsers.ts'
import { settings } from '../config/settings.ts'
import { findProblem, valueOf } from '../config/setting.ts'
import { CliError, EXIT } from './cli-error.ts'
import { isObject, textAt } from './json-object.ts'

export interface ServiceFlags {
  url?: string
  key?: string
  dataDir?: string
}

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
 * @throws CliError for an address or a key that is malformed
 */
export function findService(env: Env, flags: ServiceFlags, cwd: string): FoundService {
  const sandbox = readClientFile(path.resolve(cwd, flags.dataDir ?? DEFAULT_SANDBOX_DIR))
  const { url, origin } = findUrl(env, flags, sandbox)
  const ownKey = flags.key ?? read(env, settings.apiKey)
  const sandboxKey = sandbox !== undefined && url === sandbox.url ? sandbox.apiKey : null
  return { url, origin, key: ownKey ?? sandboxKey }
}

function findUrl(
  env: Env,
  flags: ServiceFlags,
  sandbox: ClientFile | undefined,
): { url: string; origin: string } {
  if (flags.url !== undefined) {
    const parsed = serviceUrl(flags.url)
    if (!parsed.ok) {
      throw new CliError(EXIT.usage, 'invalid_query', `--url ${parsed.problem}. ${parsed.remedy}`)
    }
    return { url: parsed.value, origin: '--url' }
  }
  const fromEnv = read(env, settings.url)
  if (fromEnv !== null) return { url: fromEnv, origin: 'AVISO_URL' }
  if (sandbox !== undefined) return { url: sandbox.url, origin: sandbox.file }
  const port = read(env, settings.port)
  return { url: `http://127.0.0.1:${String(port === 0 ? 8080 : port)}`, origin: 'the default' }
}

function read<T>(env: Env, setting: Parameters<typeof valueOf<T>>[0]): T {
  const problem = findProblem(setting, env)
  if (problem !== undefined) throw new CliError(EXIT.configuration, 'configuration', problem)
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
    const content: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (!isObject(content)) return undefined
    const url = serviceUrl(textAt(content, 'url') ?? '')
    const { pid } = content
    if (!url.ok || (typeof pid === 'number' && !isAlive(pid))) return undefined
    return { file, url: url.value, apiKey: textAt(content, 'api_key') }
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
