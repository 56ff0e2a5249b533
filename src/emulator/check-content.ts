import { checkInteractive } from './check-interactive.ts'
import { isObject } from './json.ts'
import type { MediaStore } from './media-store.ts'
import { refuse, refuseParameter } from './refusal.ts'
import type { Refusal } from './refusal.ts'

export const MESSAGE_TYPES = [
  'audio',
  'contacts',
  'document',
  'image',
  'interactive',
  'location',
  'reaction',
  'sticker',
  'template',
  'text',
  'video',
] as const

export interface ContentContext {
  media: MediaStore
  nowMs: number
}

const TEXT_LIMIT = 4096
const CAPTION_LIMIT = 1024
const CONTACTS_LIMIT = 5

/** The body of every type but `template` (reference, section 2.3). */
export function checkContent(
  type: string,
  body: unknown,
  context: ContentContext,
): Refusal | undefined {
  switch (type) {
    case 'text':
      return checkText(body)
    case 'interactive':
      return checkInteractive(body)
    case 'contacts':
      return Array.isArray(body) && body.length > 0 && body.length <= CONTACTS_LIMIT
        ? undefined
        : refuseParameter(`Param contacts must have 1 to ${String(CONTACTS_LIMIT)} entries.`)
    case 'location':
      return isObject(body) && isCoordinate(body['latitude']) && isCoordinate(body['longitude'])
        ? undefined
        : refuseParameter(
            "The parameters location['latitude'] and location['longitude'] are required.",
          )
    case 'reaction':
      return isObject(body) && typeof body['message_id'] === 'string'
        ? undefined
        : refuseParameter("The parameter reaction['message_id'] is required.")
    default:
      return checkMedia(body, type, context)
  }
}

function checkText(body: unknown): Refusal | undefined {
  const text = isObject(body) ? body['body'] : undefined
  if (typeof text !== 'string' || text === '') {
    return refuseParameter("The parameter text['body'] is required.")
  }
  if (text.length <= TEXT_LIMIT) return undefined
  return refuseParameter(
    `Param text['body'] must be at most ${String(TEXT_LIMIT)} characters long.`,
  )
}

/** A file by `id` or by `link`; the link itself is never fetched. */
export function checkMedia(
  body: unknown,
  type: string,
  context: ContentContext & { mimeTypes?: readonly string[] | undefined },
): Refusal | undefined {
  if (!isObject(body)) return refuseParameter(`The parameter ${type} is required.`)
  const { id, link, caption } = body
  if ((typeof id === 'string') === (typeof link === 'string')) {
    return refuseParameter(`Param ${type} must have either an id or a link.`)
  }
  if (typeof caption === 'string' && caption.length > CAPTION_LIMIT) {
    const limit = String(CAPTION_LIMIT)
    return refuseParameter(`Param ${type}['caption'] must be at most ${limit} characters long.`)
  }
  if (typeof link === 'string') {
    return /^https?:\/\/\S+$/.test(link)
      ? undefined
      : refuseParameter(`Param ${type}['link'] is not a valid URL.`)
  }
  const media = context.media.find(String(id), context.nowMs)
  if (media === undefined) return refuse(131009, `${type}: there is no media with this id`)
  const { mimeTypes } = context
  if (mimeTypes !== undefined && !mimeTypes.includes(media.mimeType)) {
    return refuse(131053, `${type}: media of type ${media.mimeType} cannot be used here`)
  }
  return undefined
}

function isCoordinate(value: unknown): boolean {
  return value !== '' && value !== null && Number.isFinite(Number(value))
}
