import { describe, inject, onTestFinished } from 'vitest'
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
  /** A database and a queue of its own. Whoever opens it closes it. */
  open(options?: Partial<FaultWorldOptions>): Promise<FaultWorld>
  /** The same for one test, closed at its end. */
  openForTest(options?: Partial<FaultWorldOptions>): Promise<FaultWorld>
}

const KILLS = { quick: 60, full: 300 }

/** A suite that breaks servers: it has them to itself, and leaves them running. */
export function describeFaults(name: string, body: (suite: () => FaultSuite) => void): void {
  const servers = inject('faultServers')
  const options = servers.found
    ? {}
    : { skip: true, meta: { skipReason: `needs servers of its own: ${servers.reason}` } }
  describe(name, options, () => {
    body(() => {
      if (!servers.found) throw new Error(servers.reason)
      const { AVISO_FAULTS_FULL, AVISO_FAULTS_KILLS, AVISO_FAULTS_SEED = '1' } = process.env
      const isFull = AVISO_FAULTS_FULL === '1'
      const seed = Number(AVISO_FAULTS_SEED)
      // Between 1 and the number of workers, and no two files have the same at a time.
      const pair = servers.pairs[Number(process.env['VITEST_POOL_ID']) - 1]
      if (pair === undefined) throw new Error('more workers than servers')
      const postgres = usePostgres(pair.postgres)
      const rabbitmq = useRabbitmq(pair.rabbitmq)
      const open: FaultSuite['open'] = async (more = {}) => {
        const databaseUrl = more.databaseUrl ?? (await postgres.createMigratedDatabase())
        return openFaultWorld({ databaseUrl, rabbitmqUrl: rabbitmq.url, seed, ...more })
      }
      return {
        postgres,
        rabbitmq,
        seed,
        isFull,
        kills: Number(AVISO_FAULTS_KILLS ?? (isFull ? KILLS.full : KILLS.quick)),
        open,
        async openForTest(more) {
          const world = await open(more)
          onTestFinished(() => world.close())
          return world
        },
      }
    })
  })
}
