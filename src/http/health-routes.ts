import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ROLES } from '../access/api-keys.ts'
import type { Caller } from '../access/api-keys.ts'
import type { Database } from '../db/database.ts'
import type { MigrationStatus } from '../db/migrate.ts'
import { AppError } from '../lib/errors.ts'
import { listGates } from '../message/gate-store.ts'
import type { Gate } from '../message/gate-store.ts'
import { readQueue } from '../message/queue-store.ts'
import { listDearTemplates } from '../template/template-list-store.ts'
import { readOutgoing } from '../outgoing/outgoing-store.ts'
import type { OutgoingReport } from '../outgoing/outgoing-store.ts'
import { readGapReport } from '../webhook/gap-store.ts'
import type { GapReport } from '../webhook/gap-store.ts'
import type { Authenticate } from './authenticate.ts'
import type { BrokerHealth } from './broker-part.ts'
import { HealthSchema, ReadinessSchema, StatusOkSchema } from './contract.ts'
import type { HealthPart, HealthView } from './contract.ts'
import type { Phase } from './server.ts'
import { withDearTemplates, withWaitingTemplates } from './template-health.ts'
import type { createDearCosts } from './template-health.ts'

export interface HealthRouteOptions extends BrokerHealth {
  authenticate: Authenticate
  database: Database
  version: string
  phase: () => Phase
  migrations: () => Promise<MigrationStatus>
  /** What Meta did last: null before the first call. */
  lastCall: () => { reached: boolean; reason: string | null } | null
  /** What it costs that templates of orders are marketing. */
  dearCosts: ReturnType<typeof createDearCosts>
}

const OK = (detail: string): HealthPart => ({ status: 'ok', detail, remedy: null })

/** Liveness, readiness, and the health of the parts. */
export function registerHealthRoutes(app: FastifyInstance, options: HealthRouteOptions): void {
  app.get(
    '/healthz',
    {
      schema: {
        summary: 'The process lives',
        tags: ['health'],
        security: [],
        response: { 200: StatusOkSchema },
      },
    },
    (_request, reply) => reply.send({ status: 'ok' }),
  )
  app.get(
    '/readyz',
    {
      schema: {
        summary: 'Requests can be served',
        tags: ['health'],
        security: [],
        response: { 200: ReadinessSchema, 503: ReadinessSchema },
      },
    },
    async (_request, reply) => {
      const problem = await readinessProblem(options)
      if (problem === null) return reply.send({ status: 'ok' })
      return reply.code(503).header('retry-after', '2').send({ status: 'down', detail: problem })
    },
  )
  app.get(
    '/api/v1/whatsapp/health',
    {
      schema: {
        summary: 'Health; with a key the parts too',
        description:
          'A key of one tenant sees counts of its own messages and events; orphans and dead letters belong to nobody.',
        tags: ['health'],
        response: { 200: HealthSchema, 503: HealthSchema },
      },
    },
    async (request, reply) => {
      const caller = await findCaller(request, options)
      const health = await readHealth(options, caller?.tenantId ?? null)
      const code = health.status === 'down' ? 503 : 200
      return reply.code(code).send(caller === null ? { status: health.status } : health)
    },
  )
}

/** Without a database no key can be looked up, and this is the question to be answered then. */
async function findCaller(
  request: FastifyRequest,
  options: HealthRouteOptions,
): Promise<Caller | null> {
  if (request.headers.authorization === undefined) return null
  try {
    return await options.authenticate(request, ROLES)
  } catch (error) {
    if (error instanceof AppError) throw error
    return null
  }
}

async function readinessProblem(options: HealthRouteOptions): Promise<string | null> {
  if (options.phase() === 'stopping') return 'the service is stopping'
  try {
    const { pending } = await options.migrations()
    if (pending.length > 0) return `migrations are pending: ${pending.join(', ')}`
    if (options.phase() === 'starting') return 'the service is starting'
    return options.brokerRefusal()
  } catch {
    return 'the database does not answer'
  }
}

/** For a first look at the broker: a probe waits for it once, and longer ones are told of as they are. */
const FIRST_LOOK_MS = 500

const RANK = { ok: 0, degraded: 1, down: 2 } as const

/**
 * @param tenantId whose messages and events are counted, and judged; null: everybody's. What is nobody's (orphans, dead
 *   letters, refused webhooks) is the same for all.
 */
async function readHealth(
  options: HealthRouteOptions,
  tenantId: string | null,
): Promise<HealthView> {
  try {
    const [broker, queue, outgoing, gates, dear, gaps, migrations] = await Promise.all([
      options.broker(FIRST_LOOK_MS),
      readQueue(options.database, tenantId),
      readOutgoing(options.database, tenantId),
      listGates(options.database),
      listDearTemplates(options.database),
      readGapReport(options.database, tenantId),
      options.migrations(),
    ])
    const parts = {
      database: databasePart(migrations),
      broker: withUntaken(broker, outgoing),
      cloud_api: cloudApiPart(options.lastCall()),
      ...gateParts(gates, queue.held, dear, await options.dearCosts(dear, tenantId)),
      webhooks: webhooksPart(gaps),
    }
    const forPersons = queue.unconfirmed + (queue.held['backlog_not_released'] ?? 0)
    const undecided = forPersons > 0 ? 'degraded' : 'ok'
    const status = Object.values(parts)
      .map((part) => part.status)
      .concat(undecided)
      .reduce((worst, next) => (RANK[next] > RANK[worst] ? next : worst))
    return {
      status,
      version: options.version,
      migration: migrations.current,
      parts,
      queue: {
        depth: queue.depth,
        oldest_seconds: Math.round(queue.oldestSeconds * 10) / 10,
        in_doubt: queue.inDoubt,
        unconfirmed: queue.unconfirmed,
        held: queue.held,
        outbox: outgoing.depth,
        orphans: queue.orphans,
        dead_letters: options.deadLetters() ?? 0,
      },
    }
  } catch {
    const remedy = 'Check that PostgreSQL runs and that DATABASE_URL is right.'
    const database: HealthPart = { status: 'down', detail: 'the database does not answer', remedy }
    return { status: 'down', version: options.version, migration: null, parts: { database } }
  }
}

/** Events that nobody takes are no fault of ours, and somebody should know. */
function withUntaken(part: HealthPart, { closed }: OutgoingReport): HealthPart {
  if (part.status !== 'ok' || closed.length === 0) return part
  const list = (reason: string): string =>
    closed
      .filter((route) => route.reason === reason)
      .map(({ routing_key, count }) => `${routing_key} (${String(count)})`)
      .join(', ')
  const unbound = list('unbound')
  const detail = [
    ...(unbound === '' ? [] : [`no queue is bound to notification.events for ${unbound}`]),
    ...(list('refused') === '' ? [] : [`the broker does not take ${list('refused')}`]),
  ].join('; ')
  const remedy =
    unbound === ''
      ? 'Look at the queues bound to notification.events: a full one refuses. It is tried again by itself.'
      : 'Bind a queue for these events, or take them out of AVISO_PUBLISH and restart. They wait for AVISO_UNBOUND_HOURS, then they are dropped.'
  return { status: 'degraded', detail: `events wait: ${detail}`, remedy }
}

function databasePart({ current, pending }: MigrationStatus): HealthPart {
  if (pending.length === 0) return OK(`answers; migrated to ${current ?? 'nothing'}`)
  return {
    status: 'down',
    detail: `migrations are pending: ${pending.join(', ')}`,
    remedy: 'Run npx aviso migrate.',
  }
}

function cloudApiPart(lastCall: ReturnType<HealthRouteOptions['lastCall']>): HealthPart {
  if (lastCall === null) return OK('not called yet')
  if (lastCall.reached) return OK('answers')
  return {
    status: 'degraded',
    detail: `the last call got no answer: ${lastCall.reason ?? 'unknown'}`,
    remedy:
      "Check the network to Meta and Meta's status page; sends are tried again by themselves.",
  }
}

/** Meta repeats for seven days and says nothing: nobody may notice for a week. */
function webhooksPart({ noStatus, undelivered, refused, refusedAt }: GapReport): HealthPart {
  const faults = [
    ...(refused === 0
      ? []
      : [
          {
            detail: `${String(refused)} webhooks of the last hour had a wrong signature, the last one at ${refusedAt?.toISOString() ?? 'an unknown time'}`,
            remedy:
              "Compare WHATSAPP_APP_SECRET with the app's secret in Meta's App Dashboard; while it is being rotated give both, separated by a comma. Meta repeats what was refused for seven days.",
          },
        ]),
    ...(noStatus === 0
      ? []
      : [
          {
            detail: `no status has come for ${String(noStatus)} messages that Meta took`,
            remedy:
              'Run npx aviso doctor: it checks that the webhook address is reached and subscribed. npx aviso messages gaps lists them.',
          },
        ]),
    ...(undelivered === 0
      ? []
      : [
          {
            detail: `${String(undelivered)} messages were not delivered within Meta's time to live (found within a day)`,
            remedy: 'Reach these suppliers another way; npx aviso messages gaps lists them.',
          },
        ]),
  ]
  if (faults.length === 0) return OK('nothing is missing as far as known')
  return {
    status: 'degraded',
    detail: faults.map(({ detail }) => detail).join('; '),
    remedy: faults.map(({ remedy }) => remedy).join(' '),
  }
}

/** Closed gates, and templates that messages wait for, under the part they speak of. */
function gateParts(
  gates: readonly Gate[],
  held: Readonly<Record<string, number>>,
  dear: Parameters<typeof withDearTemplates>[1],
  costs: readonly string[],
): Record<string, HealthPart> {
  const part = (reasons: readonly string[], fine: string): HealthPart => {
    const gate = gates.find((candidate) => reasons.includes(candidate.hold_reason))
    if (gate === undefined) return OK(fine)
    const where = gate.scope === 'template' ? `template ${gate.key}` : 'the business number'
    return {
      status: 'degraded',
      detail: `${where}: ${gate.error_message ?? gate.hold_reason} (${gate.error_code ?? 'no code'})`,
      remedy:
        'See the remedy of the held messages; sending goes on by itself once Meta accepts one.',
    }
  }
  return {
    credentials: part(['token'], 'accepted by Meta as far as known'),
    number: part(['number', 'account', 'payment'], 'usable as far as known'),
    templates: withDearTemplates(
      withWaitingTemplates(
        part(
          ['template_not_approved', 'template_paused', 'template_disabled'],
          'usable as far as known',
        ),
        held,
      ),
      dear,
      costs,
    ),
  }
}
