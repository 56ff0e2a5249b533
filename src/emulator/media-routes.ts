import { answerJson, answerRefusal } from './graph-call.ts'
import type { GraphAnswer, GraphCall } from './graph-call.ts'
import type { Media } from './media-store.ts'
import { refuse, refuseNode, refuseParameter } from './refusal.ts'
import type { Refusal } from './refusal.ts'
import type { World } from './world.ts'

const KB = 1024
const MB = 1024 * KB

interface Kind {
  limit: number
  mimeTypes: readonly string[]
}

/** What may be uploaded, and how large (reference, section 4). */
const KINDS: readonly Kind[] = [
  {
    limit: 100 * MB,
    mimeTypes: [
      'application/pdf',
      'text/plain',
      'application/msword',
      'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
      'application/vnd.ms-excel',
      'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
      'application/vnd.ms-powerpoint',
      'application/vnd.openxmlformats-officedocument.presentationml.presentation',
    ],
  },
  { limit: 5 * MB, mimeTypes: ['image/jpeg', 'image/png'] },
  { limit: 16 * MB, mimeTypes: ['video/mp4', 'video/3gp', 'video/3gpp'] },
  {
    limit: 16 * MB,
    mimeTypes: ['audio/aac', 'audio/amr', 'audio/mpeg', 'audio/mp4', 'audio/ogg'],
  },
  { limit: 500 * KB, mimeTypes: ['image/webp'] },
]

/** First bytes that give a declared type away. */
const SIGNATURES: Readonly<Record<string, string>> = {
  'application/pdf': '%PDF-',
  'image/png': '\x89PNG',
  'image/jpeg': '\xff\xd8\xff',
}

/** `POST /{Phone-Number-ID}/media`, multipart. */
export async function uploadMedia(world: World, call: GraphCall): Promise<GraphAnswer> {
  const form = await readForm(call)
  if (form === undefined)
    return answerRefusal(refuseParameter('The body must be multipart/form-data.'))
  if (form.get('messaging_product') !== 'whatsapp') {
    return answerRefusal(refuseParameter('The parameter messaging_product is required.'))
  }
  const file = form.get('file')
  if (file === null || typeof file === 'string') {
    return answerRefusal(refuseParameter('The parameter file is required.'))
  }
  const declared = form.get('type')
  const mimeType = (typeof declared === 'string' ? declared : file.type).split(';')[0] ?? ''
  const bytes = Buffer.from(await file.arrayBuffer())
  const refusal = checkFile(bytes, mimeType)
  if (refusal !== undefined) return answerRefusal(refusal)
  const id = world.random.digits(16)
  world.media.add(id, bytes, mimeType, world.settings.phoneNumberId, world.settings.clock())
  return answerJson({ id })
}

/** Node's own multipart parser, the one behind `fetch`. */
async function readForm(call: GraphCall): Promise<FormData | undefined> {
  const contentType = call.headers['content-type']
  if (contentType?.startsWith('multipart/form-data') !== true) return undefined
  try {
    const headers = { 'content-type': contentType }
    // Advised against for servers of many large uploads; this one sees a few files of a test.
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    return await new Response(new Uint8Array(call.body), { headers }).formData()
  } catch {
    return undefined
  }
}

function checkFile(bytes: Buffer, mimeType: string): Refusal | undefined {
  const kind = KINDS.find(({ mimeTypes }) => mimeTypes.includes(mimeType))
  if (kind === undefined) {
    return refuseParameter(`Param file must be a file with a supported type - got "${mimeType}".`)
  }
  if (bytes.length === 0 || bytes.length > kind.limit) {
    return refuseParameter(`Param file must have 1 to ${String(kind.limit)} bytes.`)
  }
  const signature = SIGNATURES[mimeType]
  if (signature !== undefined && !bytes.subarray(0, 8).toString('latin1').startsWith(signature)) {
    return refuse(131053, `The file is not of the declared type ${mimeType}`)
  }
  return undefined
}

/** The address of a download works for five minutes. */
const URL_LIFETIME_MS = 5 * 60 * 1000

/** `GET /{Media-ID}` */
export function getMedia(world: World, call: GraphCall, media: Media): GraphAnswer {
  const refusal = checkOwner(call, media)
  if (refusal !== undefined) return answerRefusal(refusal)
  const expires = world.settings.clock() + URL_LIFETIME_MS
  const query = new URLSearchParams({ mid: media.id, ext: String(expires) })
  return answerJson({
    messaging_product: 'whatsapp',
    url: `${call.origin}/whatsapp_business/attachments/?${query.toString()}`,
    mime_type: media.mimeType,
    sha256: media.sha256,
    file_size: String(media.bytes.length),
    id: media.id,
  })
}

/** `DELETE /{Media-ID}` */
export function deleteMedia(world: World, call: GraphCall, media: Media): GraphAnswer {
  const refusal = checkOwner(call, media)
  if (refusal !== undefined) return answerRefusal(refusal)
  world.media.remove(media.id)
  return answerJson({ success: true })
}

function checkOwner({ query, method, node }: GraphCall, media: Media): Refusal | undefined {
  const phoneNumberId = query.get('phone_number_id')
  return phoneNumberId === null || phoneNumberId === media.phoneNumberId
    ? undefined
    : refuseNode(method, node)
}

/** The download itself; a stale address is 404 and has to be asked for again. */
export function downloadMedia(world: World, call: GraphCall): GraphAnswer {
  const nowMs = world.settings.clock()
  const media = world.media.find(call.query.get('mid') ?? '', nowMs)
  if (media === undefined || Number(call.query.get('ext')) < nowMs) {
    const bytes = Buffer.from('Not Found\n')
    return { kind: 'bytes', status: 404, contentType: 'text/plain', bytes }
  }
  return { kind: 'bytes', status: 200, contentType: media.mimeType, bytes: media.bytes }
}
