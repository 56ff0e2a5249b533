import { createCountedStarts } from '../count-starts.ts'
import { createIntake } from '../receive-event.ts'
import type { IntakeOptions } from '../receive-event.ts'
import { openRabbitmqEventSource } from './rabbitmq.ts'
import type { RabbitmqEventSource, RabbitmqEventSourceOptions } from './rabbitmq.ts'

/** RabbitMQ's queue of events over the intake's database: it consumes only while that can be written. */
export function openEventsQueue(
  broker: Omit<RabbitmqEventSourceOptions, 'logger' | 'handleAlone' | 'isDatabaseUp'>,
  intake: IntakeOptions,
): RabbitmqEventSource {
  const { database, logger } = intake
  // An intake of its own: what may kill us takes no batch with it.
  const handleAlone = createCountedStarts({ database, handler: createIntake(intake), logger })
  return openRabbitmqEventSource({
    ...broker,
    logger,
    handleAlone,
    isDatabaseUp: async () => {
      // A database that only reads would take the events and lose them.
      const rows = await database.query<{ writable: boolean }>(
        `select not pg_is_in_recovery() and current_setting('transaction_read_only') = 'off' as writable`,
        [],
      )
      return rows[0]?.writable === true
    },
  })
}
