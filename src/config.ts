/**
 * Configuration, read once: every problem is reported together, what is swapped is a union, and the
 * result is frozen. What there is to set stands in config/settings.ts.
 */

import path from 'node:path'
import {
  checkRate,
  checkRateCard,
  checkTogether,
  findProblems,
  readRoles,
  warn,
} from './config/checks.ts'
import { deepFreeze } from './config/deep-freeze.ts'
import { DEFAULT_SANDBOX_DIR } from './config/find-service.ts'
import { ROLES, readCloudApi, readCommon, readDatabase, readEvents } from './config/serve-config.ts'
import type { DatabaseConfig, ServeConfig } from './config/serve-config.ts'
import { settings } from './config/settings.ts'
import { valueOf } from './config/setting.ts'
import type { Env } from './config/setting.ts'

export { DEFAULT_SANDBOX_DIR } from './config/find-service.ts'
export { ROLES } from './config/serve-config.ts'
export type {
  CloudApiConfig,
  DatabaseConfig,
  EventsConfig,
  Role,
  SendingConfig,
  ServeConfig,
  TenantsConfig,
} from './config/serve-config.ts'
export type { Env } from './config/setting.ts'

/** All but Meta, whose place the emulator takes: `{ ...sandbox, cloudApi }` is a `ServeConfig`. */
export interface SandboxConfig extends Omit<ServeConfig, 'cloudApi'> {
  /** Absolute; holds the database and client.json. */
  dataDir: string
  /** 0: a free one. */
  emulatorPort: number
  /** Publish the example orders when the data directory is new. */
  examples: boolean
}

export interface SandboxFlags {
  dataDir?: string
  /** 0 to 65535; wins over PORT. */
  port?: number
  examples?: boolean
}

type Failed = { ok: false; problems: string[] }

/**
 * Reads what `aviso serve` needs. Problems and warnings are one line each, name the variable and say
 * what to do; a secret's value is never in them.
 *
 * @param extra.roles as given to `--roles`: a comma-separated list; unset: all
 * @param extra.now for the expiry of Graph API versions
 */
export function loadServeConfig(
  env: Env,
  extra: { roles?: string; now: Date },
): { ok: true; config: ServeConfig; warnings: string[] } | Failed {
  const roles = readRoles(extra.roles)
  const problems = [...findProblems(Object.values(settings), env), ...roles.problems]
  problems.push(
    ...checkRate(env, problems),
    ...checkTogether(env, 'serve', problems),
    ...checkRateCard(env, 'serve'),
  )
  if (problems.length > 0) return { ok: false, problems }

  const config: ServeConfig = {
    ...readCommon(env, 'serve'),
    roles: roles.roles,
    database: readDatabase(env),
    events: readEvents(env),
    cloudApi: readCloudApi(env),
    adminKey: valueOf(settings.adminKey, env, 'serve'),
  }
  const warnings = warn(env, config, extra)
  return { ok: true, config: deepFreeze(config), warnings }
}

/**
 * Reads what the sandbox needs, and nothing that could reach another machine.
 *
 * @returns `ignored`: the names of variables that are set and that the sandbox does not read
 */
export function loadSandboxConfig(
  env: Env,
  flags: SandboxFlags,
): { ok: true; config: SandboxConfig; ignored: string[] } | Failed {
  const ignored = Object.keys(env).filter((name) => isNotForSandbox(name) && env[name]?.trim())
  const own: Env = Object.fromEntries(
    Object.entries(env).filter(([name]) => !isNotForSandbox(name)),
  )
  const problems = findProblems(
    Object.values(settings).filter((each) => !isNotForSandbox(each.env)),
    own,
  )
  problems.push(...checkTogether(own, 'sandbox', problems), ...checkRateCard(own, 'sandbox'))
  if (problems.length > 0) return { ok: false, problems }

  const common = readCommon(own, 'sandbox')
  const dataDir = path.resolve(flags.dataDir ?? DEFAULT_SANDBOX_DIR)
  const config: SandboxConfig = {
    ...common,
    http: { ...common.http, port: flags.port ?? common.http.port },
    roles: ROLES,
    database: { kind: 'pglite', dataDir },
    events: { kind: 'none' },
    adminKey: null,
    dataDir,
    emulatorPort: valueOf(settings.emulatorPort, own, 'sandbox'),
    examples: flags.examples ?? true,
  }
  return { ok: true, config: deepFreeze(config), ignored: ignored.sort() }
}

/** For commands that need the database and nothing else. */
export function loadDatabaseConfig(env: Env): { ok: true; config: DatabaseConfig } | Failed {
  const problems = findProblems([settings.databaseUrl, settings.dataDir], env)
  return problems.length > 0
    ? { ok: false, problems }
    : { ok: true, config: deepFreeze(readDatabase(env)) }
}

function isNotForSandbox(name: string): boolean {
  return (
    name.startsWith('WHATSAPP_') ||
    [settings.databaseUrl, settings.rabbitmqUrl, settings.adminKey].some(({ env }) => env === name)
  )
}
