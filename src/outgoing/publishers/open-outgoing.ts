import type { Database } from '../../db/database.ts'
import type { Logger } from '../../lib/logger.ts'
import { idlePatterns, wantedTypes } from '../event-types.ts'
import type { EventPublisher } from '../publisher.ts'
import { createRabbitmqPublisher } from './rabbitmq.ts'
import { createRelay } from '../relay.ts'
import type { Relay } from '../relay.ts'

/** Relay and publisher over a connection of their own; undefined where nothing is to be published. */
export function openOutgoing(options: {
  database: Database
  owner: string
  logger: Logger
  url: string
  topology: 'declare' | 'check'
  /** Routing keys or patterns. */
  publish: readonly string[]
  unboundHours: number
  unboundPauseSeconds: number
}): { relay: Relay; publisher: EventPublisher } | undefined {
  const { database, owner, logger, url, topology, publish, unboundHours } = options
  for (const pattern of idlePatterns(publish)) {
    logger.warn({ pattern }, 'WhatsApp outgoing.pattern_without_event')
  }
  const types = wantedTypes(publish)
  if (types.length === 0) return undefined
  const publisher = createRabbitmqPublisher({ url, topology, logger })
  const relay = createRelay({
    database,
    publisher,
    types,
    owner,
    logger,
    unboundHours,
    longestPauseMs: options.unboundPauseSeconds * 1000,
  })
  return { relay, publisher }
}
