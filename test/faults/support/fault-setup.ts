import type { TestProject } from 'vitest/node'
import { installPostgres, killPostgres, removePostgres } from './private-postgres.ts'
import type { PostgresPlace } from './private-postgres.ts'
import { installRabbitmq, killRabbitmq, removeRabbitmq } from './private-rabbitmq.ts'
import type { RabbitmqPlace } from './private-rabbitmq.ts'

/** The servers of a fault run, a pair for each file that runs at the same time; or why it has none. */
export type FaultServers =
  | { found: true; pairs: { postgres: PostgresPlace; rabbitmq: RabbitmqPlace }[] }
  | { found: false; reason: string }

declare module 'vitest' {
  export interface ProvidedContext {
    faultServers: FaultServers
  }
}

/** Starts the servers of a fault run once, which its suites share one after the other. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const started = performance.now()
  const wanted = project.config.maxWorkers
  const [postgres, rabbitmq] = await Promise.all([
    installAll(wanted, installPostgres),
    installAll(wanted, installRabbitmq),
  ])
  // A run that is cut short leaves no server behind.
  process.once('exit', () => {
    postgres.places.forEach(killPostgres)
    rabbitmq.places.forEach(killRabbitmq)
  })
  const reasons = [...postgres.reasons, ...rabbitmq.reasons]
  const pairs = postgres.places.flatMap((place, index) => {
    const broker = rabbitmq.places[index]
    return broker === undefined ? [] : [{ postgres: place, rabbitmq: broker }]
  })
  const isComplete = reasons.length === 0
  project.provide(
    'faultServers',
    isComplete
      ? { found: true, pairs }
      : { found: false, reason: [...new Set(reasons)].join('; ') },
  )
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  process.stdout.write(
    isComplete
      ? `servers of this run: ${wanted} of each, ready after ${seconds} s\n`
      : `no servers: ${reasons.join('; ')}\n`,
  )
  return async () => {
    await Promise.all([
      ...postgres.places.map(removePostgres),
      ...rabbitmq.places.map(removeRabbitmq),
    ])
  }
}

/** One after the other: together they would look for the same free ports. */
async function installAll<Place extends object>(
  count: number,
  install: () => Promise<Place | { reason: string }>,
): Promise<{ places: Place[]; reasons: string[] }> {
  const places: Place[] = []
  const reasons: string[] = []
  for (let index = 0; index < count; index += 1) {
    const place = await install()
    if ('reason' in place) reasons.push(place.reason)
    else places.push(place)
  }
  return { places, reasons }
}
