/** What all rounds of a run share: the servers, the producer, a place for logs. */

import { mkdirSync } from 'node:fs'
import path from 'node:path'
import type { ProducerAnswer, ProducerCommand } from '../load/protocol.ts'
import { ROOT, startChild } from '../services/child.ts'
import type { Child } from '../services/child.ts'
import { openPostgres } from '../services/postgres.ts'
import type { Postgres } from '../services/postgres.ts'
import { openRabbitmq } from '../services/rabbitmq.ts'
import type { Rabbitmq } from '../services/rabbitmq.ts'

export interface Bench {
  postgres: Postgres
  rabbitmq: Rabbitmq
  producer: Child<ProducerCommand, ProducerAnswer>
  logDirectory: string
  /** Results and profiles. */
  directory: string
  close(): Promise<void>
}

/** Kept from run to run: the server's data (the history of millions of orders is in it) and results. */
export const DIRECTORY = path.resolve(
  process.env['AVISO_BENCH_DIR'] ?? path.join(ROOT, 'data/bench'),
)

export async function openBench(options: { profile: boolean }): Promise<Bench> {
  const logDirectory = path.join(DIRECTORY, 'logs')
  mkdirSync(logDirectory, { recursive: true })
  const postgres = await openPostgres({ directory: DIRECTORY, logDirectory, ...options })
  let rabbitmq: Rabbitmq | undefined
  try {
    rabbitmq = await openRabbitmq()
    const producer = startChild<ProducerCommand, ProducerAnswer>(
      'bench/load/producer.ts',
      { rabbitmqUrl: rabbitmq.url },
      { log: path.join(logDirectory, 'producer.log') },
    )
    await producer.next('ready', 30_000)
    const broker = rabbitmq
    return {
      postgres,
      rabbitmq,
      producer,
      logDirectory,
      directory: DIRECTORY,
      async close() {
        await producer.stop()
        await broker.close()
        await postgres.stop()
      },
    }
  } catch (error) {
    await rabbitmq?.close()
    await postgres.stop()
    throw error
  }
}
