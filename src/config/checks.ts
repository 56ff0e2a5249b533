import { AppError } from '../lib/errors.ts'
import { openRateCard } from '../pricing/open-rate-card.ts'
import { warnAboutVersion } from './graph-versions.ts'
import { isLoopback } from './parsers.ts'
import { ROLES } from './serve-config.ts'
import type { Role, ServeConfig } from './serve-config.ts'
import { deprecatedVariables, settings } from './settings.ts'
import { findProblem, valueOf } from './setting.ts'
import type { Env, Mode, Setting } from './setting.ts'

/** @param text a comma-separated list; undefined means every role */
export function readRoles(text: string | undefined): {
  roles: readonly Role[]
  problems: string[]
} {
  if (text === undefined) return { roles: ROLES, problems: [] }
  const words = text.split(',').map((word) => word.trim())
  const unknown = words.filter((word) => !ROLES.some((role) => role === word))
  const problems = unknown.map(
    (word) =>
      `--roles: ${JSON.stringify(word)} is no role. Choose among ${ROLES.join(', ')}, separated by commas.`,
  )
  return { roles: ROLES.filter((role) => words.includes(role)), problems }
}

/** One line a setting that is missing or malformed. */
export function findProblems(list: readonly Setting<unknown>[], env: Env): string[] {
  return list.flatMap((one) => findProblem(one, env) ?? [])
}

function hasProblem(problems: readonly string[], ...concerned: Setting<unknown>[]): boolean {
  return concerned.some((one) =>
    problems.some((line) => line.startsWith(`${one.env} `) || line.startsWith(`${one.env}=`)),
  )
}

/** No limit is for the emulator: at Meta it would only earn refusals. */
export function checkRate(env: Env, found: readonly string[]): string[] {
  if (hasProblem(found, settings.graphUrl, settings.maxMps)) return []
  if (valueOf(settings.maxMps, env, 'serve') !== 0) return []
  if (isLoopback(new URL(valueOf(settings.graphUrl, env, 'serve')).hostname)) return []
  return [
    'AVISO_MAX_MPS=0 (no limit) is accepted only where WHATSAPP_GRAPH_URL is loopback. ' +
      "Set your number's throughput at Meta, 80 by default.",
  ]
}

/** Rules between settings, asked only where each for itself is in order. */
export function checkTogether(env: Env, mode: Mode, found: readonly string[]): string[] {
  const problems: string[] = []
  if (!hasProblem(found, settings.leaseSeconds, settings.sendTimeoutMs)) {
    const lease = valueOf(settings.leaseSeconds, env, mode)
    const timeout = valueOf(settings.sendTimeoutMs, env, mode)
    // A send may begin only with more lease left than it can take, and 2 s to record its outcome.
    if (lease * 1000 <= timeout + 2000) {
      problems.push(
        `AVISO_LEASE_SECONDS=${String(lease)} is not more than AVISO_SEND_TIMEOUT_MS=${String(timeout)} and 2 s. ` +
          'Make the lease longer or the timeout shorter.',
      )
    }
  }
  if (!hasProblem(found, settings.port, settings.metricsPort)) {
    const port = valueOf(settings.port, env, mode)
    if (port !== 0 && port === valueOf(settings.metricsPort, env, mode)) {
      problems.push(
        `AVISO_METRICS_PORT=${String(port)} is the same as PORT. Choose another, or 0 for no metrics.`,
      )
    }
  }
  return problems
}

/** What the file of a setting holds is as malformed as the setting, and told of together with the others. */
export function checkRateCard(env: Env, mode: Mode): string[] {
  try {
    openRateCard(valueOf(settings.rateCard, env, mode))
    return []
  } catch (error) {
    if (error instanceof AppError) return [error.message]
    throw error
  }
}

/** What works but should be looked at, one line each. */
export function warn(
  env: Env,
  config: ServeConfig,
  extra: { roles?: string; now: Date },
): string[] {
  const warnings: string[] = []
  for (const { env: name, replacement } of deprecatedVariables) {
    if (env[name]?.trim()) {
      warnings.push(`${name} is deprecated and has no effect. Use ${replacement} in its place.`)
    }
  }
  const version = warnAboutVersion(config.cloudApi.apiVersion, extra.now)
  if (version !== undefined) warnings.push(version)
  if (config.database.kind === 'pglite' && config.roles.length < ROLES.length) {
    warnings.push(
      '--roles leaves out roles that no other process can take: the embedded database admits one ' +
        'process. Set DATABASE_URL to scale out.',
    )
  }
  if (
    extra.roles !== undefined &&
    config.roles.includes('consumer') &&
    config.events.kind === 'none'
  ) {
    warnings.push(
      '--roles names consumer, but RABBITMQ_URL is not set: there is nothing to consume.',
    )
  }
  return warnings
}
