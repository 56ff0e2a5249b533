import { afterEach, describe, inject } from 'vitest'
import { openFaultWorld } from './fault-world.ts'
import type { FaultWorld, FaultWorldOptions } from './fault-world.ts'
import { usePostgres } from './private-postgres.ts'
import type { PrivatePostgres } from './private-postgres.ts'
import { useRabbitmq } from './private-rabbitmq.ts'
import type { PrivateRabbitmq } from './private-rabbitmq.ts'

/** What a suite of faults is given. */
export interface FaultSuite {
  postgres: PrivatePostgres
  rabbitmq: PrivateRabbitmq
  seed: number
  /** Everything in the figures of a release, or a quick one of each. */
  isFull: boolean
  /** SIGKILLs under load. */
  kills: number
  /** A database and a queue of its own; closed when the test ends. */
  open(options?: Partial<FaultWorldOptions>): Promise<FaultWorld>
}

const DEFAULT_KILLS = { quick: 60, full: 300 }

/** A suite that breaks servers: it has them to itself, and leaves them running. */
export function describeFaults(name: string, body: (suite: () => FaultSuite) => void): void {
  const servers = inject('faultServers')
  const options = servers.found
    ? {}
    : { skip: true, meta: { skipReason: `needs servers of its own: ${servers.reason}` } }
  describe(name, options, () => {
    let worlds: FaultWorld[] = []
    afterEach(async () => {
      const open = worlds
      worlds = []
      for (const world of open) await world.close()
    })
    body(() => {
      if (!servers.found) throw new Error(servers.reason)
      const isFull = process.env['AVISO_FAULTS_FULL'] === '1'
      const postgres = usePostgres(servers.postgres)
      const rabbitmq = useRabbitmq(servers.rabbitmq)
      const seed = Number(process.env['AVISO_FAULTS_SEED'] ?? 1)
      return {
        postgres,
        rabbitmq,
        seed,
        isFull,
        kills: Number(
          process.env['AVISO_FAULTS_KILLS'] ?? (isFull ? DEFAULT_KILLS.full : DEFAULT_KILLS.quick),
        ),
        async open(more = {}) {
          const world = await openFaultWorld({
            databaseUrl: await postgres.createDatabase(),
            rabbitmqUrl: rabbitmq.url,
            seed,
            ...more,
          })
          worlds.push(world)
          return world
        },
      }
    })
  })
}
