import { answerJson, answerRefusal } from './graph-call.ts'
import type { GraphAnswer, GraphCall } from './graph-call.ts'
import type { JsonObject } from './json.ts'
import type { AcceptedMessage } from './message-log.ts'
import { paginate } from './paginate.ts'
import { hash } from './phone-number.ts'
import { refuseNode } from './refusal.ts'
import type { World } from './world.ts'

/** `GET /{Phone-Number-ID}/message_history`, as in Meta's OpenAPI document. */
export function listHistory(world: World, call: GraphCall): GraphAnswer {
  const wamid = call.query.get('message_id')
  const messages = wamid === null ? world.log.list().reverse() : [world.log.find(wamid)]
  const known = messages.filter((message) => message !== undefined)
  const page = paginate(known, call, world.cursors.generation)
  if ('refusal' in page) return answerRefusal(page.refusal)
  const data = page.data.map((message) => ({
    id: historyIdOf(message),
    message_id: message.wamid,
    events: { data: message.statuses.map((_, place) => renderEvent(world, message, place)) },
  }))
  return answerJson({ ...page, data })
}

/** `GET /{Message-History-ID}/events` */
export function listEvents(world: World, call: GraphCall): GraphAnswer {
  const message = world.log.list().find((one) => historyIdOf(one) === call.node)
  if (message === undefined) return answerRefusal(refuseNode(call.method, call.node))
  const filter = call.query.get('status_filter')
  const edges = message.statuses
    .map((entry, place) => ({ entry, place }))
    .filter(({ entry }) => filter === null || entry.status.toUpperCase() === filter)
    .map(({ entry, place }) => ({
      cursor: Buffer.from(String(place)).toString('base64'),
      node: {
        id: eventIdOf(message, place),
        delivery_status: entry.status.toUpperCase(),
        occurrence_timestamp: Math.floor(entry.atMs / 1000),
        status_timestamp: Math.floor(entry.atMs / 1000),
        application: { id: world.settings.appId, name: 'Aviso Emulator App' },
        ...(entry.errorCode === null ? {} : { error_description: String(entry.errorCode) }),
      },
    }))
  const page = paginate(edges, call, world.cursors.generation)
  return 'refusal' in page ? answerRefusal(page.refusal) : answerJson(page)
}

function renderEvent(world: World, message: AcceptedMessage, place: number): JsonObject {
  const entry = message.statuses[place]
  const event: JsonObject = {
    id: eventIdOf(message, place),
    delivery_status: entry?.status.toUpperCase(),
    timestamp: Math.floor((entry?.atMs ?? 0) / 1000),
    application: { id: world.settings.appId },
  }
  const { url } = world.sender
  if (url !== null) event['webhook_uri'] = url
  const errorCode = entry?.errorCode ?? null
  if (errorCode !== null) event['error_description'] = String(errorCode)
  return event
}

/** Decimal, as every node id; made from the wamid so that nothing has to be kept for it. */
function historyIdOf({ wamid }: AcceptedMessage): string {
  return `5${String(hash(wamid)).padStart(10, '0')}${String(hash(`${wamid}.`))
    .padStart(10, '0')
    .slice(-5)}`
}

function eventIdOf(message: AcceptedMessage, place: number): string {
  return `${historyIdOf(message)}${String(place)}`
}
