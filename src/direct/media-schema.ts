/** Files and places in what is sent directly, in Meta's own field names (reference, sections 2.2, 2.3). */

import { z } from 'zod'
import { anAddress, atMost, notBlank, optional, check } from '../lib/text-rules.ts'
import { noteFault, unitsAtMost } from './schema-rules.ts'

const id = optional(atMost(128)).describe('Of an upload')
const link = optional(anAddress, atMost(2048)).describe('Meta fetches it, and keeps it 10 minutes')
const caption = optional(unitsAtMost(1024))
const filename = optional(atMost(240)).describe('Its extension decides how the file is shown')

/** A file has one source: with both, nobody could say which Meta takes. */
function hasOneSource(context: z.core.ParsePayload<{ id?: unknown; link?: unknown }>): void {
  const given = [context.value.id, context.value.link].filter(
    (value) => typeof value === 'string' && value !== '',
  )
  if (given.length === 1) return
  noteFault(context, {
    code: given.length === 0 ? 'required' : 'unsupported_value',
    detail: given.length === 0 ? 'has neither id nor link' : 'has both id and link',
    remedy: 'Send either the id of an upload or a link.',
  })
}

export const ImageSchema = z.strictObject({ id, link, caption }).check(hasOneSource)
export const DocumentSchema = z.strictObject({ id, link, caption, filename }).check(hasOneSource)

/** In the header of a template or of an interactive message a file has no caption. */
export const HeaderFileSchema = z.strictObject({ id, link }).check(hasOneSource)
export const HeaderDocumentSchema = z.strictObject({ id, link, filename }).check(hasOneSource)

const coordinate = (limit: number) =>
  z.union([
    z.number().min(-limit).max(limit),
    z.string().check(
      check([
        notBlank,
        {
          code: 'invalid_format',
          detail: `is not a number from -${String(limit)} to ${String(limit)}`,
          remedy: 'Send degrees such as 37.4847.',
          holds: (text) => /^-?\d{1,3}(?:\.\d+)?$/.test(text) && Math.abs(Number(text)) <= limit,
        },
      ]),
    ),
  ])

export const LocationSchema = z.strictObject({
  latitude: coordinate(90),
  longitude: coordinate(180),
  name: optional(atMost(1000)),
  address: optional(atMost(1000)),
})
