import type { Env } from '../config.ts'
import { settings } from '../config/settings.ts'
import { findProblem, valueOf } from '../config/setting.ts'
import { CliError, EXIT } from './cli-error.ts'

export interface Broker {
  url: string
  exchange: string
  routingKey: string
}

/**
 * The broker that the service reads from; null where RABBITMQ_URL is unset.
 *
 * @throws CliError for a setting that is malformed
 */
export function findBroker(env: Env): Broker | null {
  const { rabbitmqUrl, exchange, routingKey } = settings
  for (const setting of [rabbitmqUrl, exchange, routingKey]) {
    const problem = findProblem(setting, env)
    if (problem !== undefined) throw new CliError(EXIT.configuration, 'configuration', problem)
  }
  const url = valueOf(rabbitmqUrl, env, 'serve')
  if (url === null) return null
  return {
    url,
    exchange: valueOf(exchange, env, 'serve'),
    routingKey: valueOf(routingKey, env, 'serve'),
  }
}
