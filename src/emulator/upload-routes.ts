import { answerJson, answerRefusal } from './graph-call.ts'
import type { GraphAnswer, GraphCall } from './graph-call.ts'
import { refuse, refuseNode, refuseParameter } from './refusal.ts'
import type { World } from './world.ts'

/** A session of the Resumable Upload API, which gives the handle of a template's sample file. */
export interface UploadSession {
  length: number
  received: number
}

const SESSIONS = 1000
const TYPES = ['application/pdf', 'image/jpeg', 'image/jpg', 'image/png', 'video/mp4']

/** `POST /{APP}/uploads?file_length=…&file_type=…` */
export function openUpload(
  world: World,
  call: GraphCall,
  sessions: Map<string, UploadSession>,
): GraphAnswer {
  const length = Number(call.query.get('file_length'))
  const type = call.query.get('file_type')
  if (!Number.isInteger(length) || length < 1 || type === null) {
    return answerRefusal(refuseParameter('The parameters file_length and file_type are required.'))
  }
  if (!TYPES.includes(type)) {
    return answerRefusal(refuseParameter(`Param file_type must be one of {${TYPES.join(', ')}}.`))
  }
  const id = `upload:${world.random.token(32)}`
  sessions.set(id, { length, received: 0 })
  const [oldest] = sessions.keys()
  if (sessions.size > SESSIONS && oldest !== undefined) sessions.delete(oldest)
  return answerJson({ id })
}

/** `POST /upload:…` with `file_offset`: the bytes; `GET` tells how many have come. */
export function continueUpload(
  world: World,
  call: GraphCall,
  sessions: Map<string, UploadSession>,
): GraphAnswer {
  const session = sessions.get(call.node)
  if (session === undefined) return answerRefusal(refuseNode(call.method, call.node))
  if (call.method === 'GET') return answerJson({ id: call.node, file_offset: session.received })
  if (Number(call.headers['file_offset'] ?? 0) !== session.received) {
    return answerRefusal(refuse(100, `file_offset must be ${String(session.received)}`))
  }
  session.received += call.body.length
  if (session.received < session.length) {
    return answerJson({ id: call.node, file_offset: session.received })
  }
  sessions.delete(call.node)
  return answerJson({ h: `4::${Buffer.from(world.random.token(48)).toString('base64')}` })
}
