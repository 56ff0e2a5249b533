/** What an answer of a supplier is where its text does not say it: a file, a voice note, a place. Pure. */

export interface ReplyContent {
  /** In words; null: the text says all. */
  description: string | null
  /** Under which Meta keeps its file, for 7 days (reference, section 5.7). */
  media_id: string | null
}

type Json = Record<string, unknown>

const LONGEST = 200

/**
 * Kept apart from the text: a file may be named "STOP.pdf", and nobody wrote that.
 *
 * @param type as Meta names it, one that we do not know included
 * @param content the message as it came
 */
export function describeReply(type: string, content: unknown): ReplyContent {
  const own = get(content, type)
  const kind = kindOf(type, own)
  if (kind === null) return { description: null, media_id: null }
  const detail = detailOf(type, own) ?? errorOf(content)
  return {
    description: cut(detail === null ? kind : `${kind}: ${detail}`),
    media_id: MEDIA.has(type) ? text(get(own, 'id')) : null,
  }
}

const MEDIA = new Set(['image', 'video', 'audio', 'sticker', 'document'])

/** Null where the text is all there is. */
function kindOf(type: string, own: unknown): string | null {
  switch (type) {
    case 'text':
    case 'button':
    case 'reaction':
      return null
    case 'interactive': {
      const form = text(get(own, 'type'))
      if (form === 'button_reply' || form === 'list_reply') return null
      return form === 'nfm_reply' ? 'form' : words('interactive', form)
    }
    case 'audio':
      return get(own, 'voice') === true ? 'voice message' : 'audio'
    case 'unsupported':
      return words('unsupported', text(get(own, 'type')))
    default:
      return type
  }
}

/** What tells it from others of its kind. */
function detailOf(type: string, own: unknown): string | null {
  switch (type) {
    case 'document':
      return text(get(own, 'filename'))
    case 'location':
      return list([get(own, 'name'), get(own, 'address')]) ?? placeOf(own)
    case 'contacts':
      return list(objects(own).map(nameOf))
    case 'order': {
      const items = objects(get(own, 'product_items')).length
      return list([get(own, 'text'), items === 0 ? null : `${String(items)} items`])
    }
    case 'interactive':
      return list([get(get(own, 'nfm_reply'), 'name'), get(get(own, 'nfm_reply'), 'body')])
    default:
      return null
  }
}

function placeOf(location: unknown): string | null {
  const [latitude, longitude] = [get(location, 'latitude'), get(location, 'longitude')]
  if (typeof latitude !== 'number' || typeof longitude !== 'number') return null
  return `${String(latitude)}, ${String(longitude)}`
}

function nameOf(contact: Json): string | null {
  const [phone] = objects(contact['phones'])
  return text(get(contact['name'], 'formatted_name')) ?? text(get(phone, 'phone'))
}

/** Of what Meta could not bring: what it says of the reason. */
function errorOf(content: unknown): string | null {
  const [error] = objects(get(content, 'errors'))
  return text(error?.['title']) ?? text(error?.['message'])
}

function words(kind: string, more: string | null): string {
  return more === null ? kind : `${kind} ${more}`
}

function list(parts: readonly unknown[]): string | null {
  const said = [...new Set(parts.map(text).filter((part) => part !== null))]
  return said.length === 0 ? null : said.join(', ')
}

/** Never within a character. */
function cut(description: string): string {
  const characters = Array.from(description)
  if (characters.length <= LONGEST) return description
  return `${characters.slice(0, LONGEST - 1).join('')}…`
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null
}

function get(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined
}

function objects(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
