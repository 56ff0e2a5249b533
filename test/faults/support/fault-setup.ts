import type { TestProject } from 'vitest/node'
import { installPostgres, killPostgres, removePostgres } from './private-postgres.ts'
import type { PostgresPlace } from './private-postgres.ts'
import { installRabbitmq, killRabbitmq, removeRabbitmq } from './private-rabbitmq.ts'
import type { RabbitmqPlace } from './private-rabbitmq.ts'

/** The servers of a fault run, or why it has none. */
export type FaultServers =
  | { found: true; postgres: PostgresPlace; rabbitmq: RabbitmqPlace }
  | { found: false; reason: string }

declare module 'vitest' {
  export interface ProvidedContext {
    faultServers: FaultServers
  }
}

/** Starts the servers of a fault run once, which all its suites share one after the other. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const started = performance.now()
  const [postgres, rabbitmq] = await Promise.all([installPostgres(), installRabbitmq()])
  const places = {
    postgres: 'reason' in postgres ? undefined : postgres,
    rabbitmq: 'reason' in rabbitmq ? undefined : rabbitmq,
  }
  // A run that is cut short leaves no server behind.
  process.once('exit', () => {
    if (places.postgres !== undefined) killPostgres(places.postgres)
    if (places.rabbitmq !== undefined) killRabbitmq(places.rabbitmq)
  })
  const reasons = [postgres, rabbitmq].flatMap((place) => ('reason' in place ? [place.reason] : []))
  const servers: FaultServers =
    places.postgres !== undefined && places.rabbitmq !== undefined
      ? { found: true, postgres: places.postgres, rabbitmq: places.rabbitmq }
      : { found: false, reason: reasons.join('; ') }
  project.provide('faultServers', servers)
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  process.stdout.write(
    servers.found
      ? `servers of this run: ready after ${seconds} s\n`
      : `no servers: ${reasons.join('; ')}\n`,
  )
  return async () => {
    if (places.postgres !== undefined) await removePostgres(places.postgres)
    if (places.rabbitmq !== undefined) await removeRabbitmq(places.rabbitmq)
  }
}
