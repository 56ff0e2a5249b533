/** What a template message says, in Meta's own field names (reference, section 2.2). */

import { z } from 'zod'
import { aLanguage, atMost, check, notBlank, optional, required } from '../lib/text-rules.ts'
import { HeaderDocumentSchema, HeaderFileSchema, LocationSchema } from './media-schema.ts'
import { noteFault } from './schema-rules.ts'

const parameterName = optional(atMost(512)).describe('Where the variables have names')

const TextSchema = z.strictObject({
  type: z.literal('text'),
  parameter_name: parameterName,
  text: z.string(),
})
const CurrencySchema = z.strictObject({
  type: z.literal('currency'),
  parameter_name: parameterName,
  currency: z.strictObject({
    fallback_value: z.string(),
    code: required(atMost(3)),
    amount_1000: z.int(),
  }),
})
const DateTimeSchema = z.strictObject({
  type: z.literal('date_time'),
  parameter_name: parameterName,
  date_time: z.strictObject({ fallback_value: z.string() }),
})

const HeaderSchema = z.strictObject({
  type: z.literal('header'),
  parameters: z
    .array(
      z.discriminatedUnion('type', [
        TextSchema,
        CurrencySchema,
        DateTimeSchema,
        z.strictObject({ type: z.literal('image'), image: HeaderFileSchema }),
        z.strictObject({ type: z.literal('video'), video: HeaderFileSchema }),
        z.strictObject({ type: z.literal('document'), document: HeaderDocumentSchema }),
        z.strictObject({ type: z.literal('location'), location: LocationSchema }),
      ]),
    )
    .max(1),
})
const BodySchema = z.strictObject({
  type: z.literal('body'),
  parameters: z.array(z.discriminatedUnion('type', [TextSchema, CurrencySchema, DateTimeSchema])),
})
const ButtonSchema = z.strictObject({
  type: z.literal('button'),
  sub_type: z.enum(['quick_reply', 'url', 'copy_code', 'flow', 'catalog', 'mpm']),
  index: z
    .union([
      z.int().min(0).max(9),
      z.string().check(
        check([
          {
            code: 'invalid_format',
            detail: 'is not a digit',
            remedy: "Send the button's position among the template's buttons, from 0.",
            holds: (text) => /^\d$/.test(text),
          },
        ]),
      ),
    ])
    .describe("The button's position among the template's buttons, from 0"),
  parameters: z
    .array(
      z.discriminatedUnion('type', [
        z.strictObject({ type: z.literal('payload'), payload: required(atMost(512)) }),
        z.strictObject({ type: z.literal('text'), text: z.string() }),
        z.strictObject({ type: z.literal('coupon_code'), coupon_code: z.string() }),
        z.strictObject({ type: z.literal('action'), action: z.record(z.string(), z.unknown()) }),
      ]),
    )
    .min(1)
    .max(1),
})

export const ComponentSchema = z
  .discriminatedUnion('type', [HeaderSchema, BodySchema, ButtonSchema])
  .meta({ id: 'TemplateComponent' })
export type Component = z.infer<typeof ComponentSchema>

const aName = check<string>([
  notBlank,
  {
    code: 'invalid_format',
    detail: 'is not a name of a template',
    remedy: 'Send 1 to 512 small letters, digits and underscores, as Meta has it.',
    holds: (text) => /^[a-z0-9_]{1,512}$/.test(text),
  },
])

export const TemplateSchema = z
  .strictObject({
    name: z.string().check(aName),
    language: optional(aLanguage).describe(
      'A language the template is approved in; without it the default one, or the only one',
    ),
    parameters: z
      .union([z.array(z.string()), z.record(z.string(), z.string())])
      .nullish()
      .describe('Texts in the order of the variables, or by their names'),
    components: z
      .array(ComponentSchema)
      .max(12)
      .nullish()
      .describe('Instead of parameters: header, body and buttons as Meta has them'),
  })
  .check((context) => {
    const { parameters, components } = context.value
    if (parameters === null || parameters === undefined) return
    if (components === null || components === undefined) return
    noteFault(
      context,
      {
        code: 'unsupported_value',
        detail: 'stands beside parameters',
        remedy: 'Send either parameters or components.',
      },
      ['components'],
    )
  })
