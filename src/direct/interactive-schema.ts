/** Interactive messages as Meta has them, and their limits (reference, section 2.3). */

import { z } from 'zod'
import { anAddress, atMost, optional, required } from '../lib/text-rules.ts'
import { HeaderDocumentSchema, HeaderFileSchema } from './media-schema.ts'
import { noteFault, repeated, unitsAtMost } from './schema-rules.ts'

const HeaderTextSchema = z.strictObject({
  type: z.literal('text'),
  text: required(unitsAtMost(60)),
})
const HeaderSchema = z.discriminatedUnion('type', [
  HeaderTextSchema,
  z.strictObject({ type: z.literal('image'), image: HeaderFileSchema }),
  z.strictObject({ type: z.literal('video'), video: HeaderFileSchema }),
  z.strictObject({ type: z.literal('document'), document: HeaderDocumentSchema }),
])

const words = {
  // 4,096 on Meta's page of lists, 1,024 in its document: what fits the smaller fits both.
  body: z.strictObject({ text: required(unitsAtMost(1024)) }),
  footer: z.strictObject({ text: required(unitsAtMost(60)) }).nullish(),
}

const SAME = {
  code: 'unsupported_value',
  detail: 'is the same as one before it',
  remedy: 'Give each its own: Meta refuses two that are equal.',
}

const ReplyButtonSchema = z.strictObject({
  type: z.literal('reply'),
  reply: z.strictObject({
    id: required(unitsAtMost(256)).describe('Comes back with the tap'),
    title: required(unitsAtMost(20)),
  }),
})

const ButtonsSchema = z
  .array(ReplyButtonSchema)
  .min(1)
  .max(3)
  .check((context) => {
    for (const key of ['id', 'title'] as const) {
      for (const place of repeated(context.value.map((button) => button.reply[key]))) {
        noteFault(context, SAME, [place, 'reply', key])
      }
    }
  })

const RowSchema = z.strictObject({
  id: required(unitsAtMost(200)).describe('Comes back with the choice'),
  title: required(unitsAtMost(24)),
  description: optional(unitsAtMost(72)),
})
const SectionSchema = z.strictObject({
  title: optional(unitsAtMost(24)),
  rows: z.array(RowSchema).min(1).max(10),
})
const MOST_ROWS = 10

const SectionsSchema = z
  .array(SectionSchema)
  .min(1)
  .max(10)
  .check((context) => {
    const places = context.value.flatMap(({ rows }, section) =>
      rows.map((row, place) => ({ section, place, id: row.id })),
    )
    if (places.length > MOST_ROWS) {
      noteFault(context, {
        code: 'out_of_range',
        detail: `have ${String(places.length)} rows together`,
        remedy: `Send at most ${String(MOST_ROWS)} rows in all sections together.`,
      })
    }
    for (const at of repeated(places.map(({ id }) => id))) {
      const row = places[at]
      if (row !== undefined) noteFault(context, SAME, [row.section, 'rows', row.place, 'id'])
    }
    if (context.value.length < 2) return
    context.value.forEach(({ title }, section) => {
      if (title !== null && title !== undefined && title !== '') return
      const remedy = 'Give each section a title where there are several.'
      noteFault(context, { code: 'required', detail: 'is missing', remedy }, [section, 'title'])
    })
  })

export const InteractiveSchema = z
  .discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('button'),
      header: HeaderSchema.nullish(),
      ...words,
      action: z.strictObject({ buttons: ButtonsSchema }),
    }),
    z.strictObject({
      type: z.literal('list'),
      header: HeaderTextSchema.nullish(),
      ...words,
      action: z.strictObject({ button: required(unitsAtMost(20)), sections: SectionsSchema }),
    }),
    z.strictObject({
      type: z.literal('cta_url'),
      header: HeaderSchema.nullish(),
      ...words,
      action: z.strictObject({
        name: z.literal('cta_url'),
        parameters: z.strictObject({
          display_text: required(unitsAtMost(20)),
          url: required(anAddress, atMost(2000)),
        }),
      }),
    }),
  ])
  .meta({ id: 'Interactive' })
