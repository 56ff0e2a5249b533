import { describe, expect, it } from 'vitest'
import { PRELOADED_TEMPLATES } from '../../src/emulator/preloaded-templates.ts'
import { lintTemplate } from '../../src/template/lint-template.ts'
import { unfitForOrders } from '../../src/template/po-notification.ts'
import { SHIPPED_NAMES, shippedTemplates } from '../../src/template/shipped-templates.ts'
import { readShape } from '../../src/template/template-shape.ts'

const ALL = SHIPPED_NAMES.flatMap((name) => shippedTemplates(name) ?? [])
const LANGUAGES = ['ca', 'de', 'en', 'es', 'fr', 'it', 'pt_BR', 'pt_PT']

describe('the templates that come with Aviso', () => {
  it('are po_notification, and the same with replies, in eight languages each', () => {
    expect(SHIPPED_NAMES).toEqual(['po_notification', 'po_notification_reply'])
    for (const name of SHIPPED_NAMES) {
      const languages = shippedTemplates(name)?.map(({ language }) => language)
      expect(languages?.sort()).toEqual(LANGUAGES)
    }
    expect(shippedTemplates('toString')).toBeUndefined()
  })

  it.each(ALL)('pass the linter and can be filled by an order: $name $language', (one) => {
    const others = ALL.filter((other) => other !== one).map((other) => ({
      ...other,
      template_name: other.name,
      status: 'APPROVED',
    }))
    expect(lintTemplate(one, others)).toEqual([])
    expect(unfitForOrders(readShape(one.components, one.parameter_format))).toBeNull()
  })

  it.each(shippedTemplates('po_notification_reply') ?? [])(
    'have three quick replies, to acknowledge, reject and ask: $language',
    ({ components }) => {
      const { buttons } = readShape([...components], null)
      expect(buttons.map(({ type }) => type)).toEqual(Array(3).fill('QUICK_REPLY'))
    },
  )

  it('have the words that the emulator starts with', () => {
    const preloaded = new Map(
      PRELOADED_TEMPLATES.filter(({ name }) => name === 'po_notification').map((one) => [
        one.language,
        one.components[0]?.text,
      ]),
    )
    for (const { language, components } of shippedTemplates('po_notification') ?? []) {
      expect(components[0]?.['text']).toBe(preloaded.get(language))
    }
  })
})
