import { describe, expect, it } from 'vitest'
import { chooseForOrder, nearest } from '../../src/template/choose-template.ts'
import type { OrderTemplate } from '../../src/template/choose-template.ts'
import { readShape } from '../../src/template/template-shape.ts'

const SHAPE = readShape([{ type: 'BODY', text: 'a {{1}} b {{2}} c {{3}} d' }], null)

/** `po_notification/es` is approved; `v2/es PAUSED` is not. The newest choice first. */
function templates(...words: string[]): OrderTemplate[] {
  return words.map((word) => {
    const [key = '', status = 'APPROVED'] = word.split(' ')
    const [template_name = '', language = ''] = key.split('/')
    return { template_name, language, status, shape: SHAPE }
  })
}

describe('the template of an order', () => {
  it.each([
    ['exact before all', ['po/es', 'po/es_MX'], 'es_MX', 'po/es_MX'],
    ['then without region', ['po/es_ES', 'po/es', 'po/en'], 'es_MX', 'po/es'],
    ['then the likely region', ['po/es_AR', 'po/es_ES', 'po/en'], 'es_MX', 'po/es_ES'],
    ['then any region, by the alphabet', ['po/es_PE', 'po/es_AR', 'po/en'], 'es_MX', 'po/es_AR'],
    ['a region for a bare language', ['po/pt_PT', 'po/pt_BR'], 'pt', 'po/pt_BR'],
    ['then the default language', ['po/es', 'po/en'], 'de', 'po/en'],
    ['and its regions', ['po/es', 'po/en_GB', 'po/en_US'], 'de', 'po/en_US'],
    ['what is approved before what is not', ['po/es_MX REJECTED', 'po/es'], 'es_MX', 'po/es'],
    ['the newest choice first', ['v2/es', 'po/es'], 'es', 'v2/es'],
    ['an approved one before a newer one in review', ['v2/es PENDING', 'po/es'], 'es', 'po/es'],
    ['its language before the newest choice', ['v2/en', 'po/es'], 'es', 'po/es'],
    ['another one for a disabled one', ['v2/es', 'po/es DISABLED'], 'es', 'v2/es'],
  ])('%s', (_rule, given, asked, chosen) => {
    const choice = chooseForOrder(templates(...given), asked, 'en')
    expect(`${choice.name}/${choice.language}`).toBe(chosen)
    expect(choice.hold).toBeNull()
    expect(choice.asked).toBe(choice.language === asked ? null : asked)
  })

  it.each([
    ['PAUSED', 'template_paused'],
    ['DISABLED', 'template_disabled'],
    ['PENDING', 'template_not_approved'],
    ['SOMETHING_NEW', 'template_not_approved'],
  ])(
    'that is %s in its language is waited for, not replaced by the default one',
    (status, hold) => {
      const choice = chooseForOrder(templates(`po/es ${status}`, 'po/en'), 'es', 'en')
      expect(choice).toMatchObject({ name: 'po', language: 'es', hold })
    },
  )

  it('is named all the same where there is none, or nobody has read the list', () => {
    expect(chooseForOrder([], 'es', 'en')).toMatchObject({
      name: 'po_notification',
      language: 'es',
      hold: 'template_not_approved',
    })
    expect(chooseForOrder(templates('po/fr'), 'de', 'en')).toMatchObject({
      name: 'po',
      language: 'de',
      hold: 'template_not_approved',
    })
    expect(chooseForOrder(null, 'es-mx', 'en')).toMatchObject({
      name: 'po_notification',
      language: 'es_MX',
      hold: 'templates_unknown',
    })
  })
})

it('nearest takes only the same language, and no tag makes it fail', () => {
  expect(nearest(['fil', 'fi', 'fi_FI', 'en'], 'fi')).toEqual(['fi', 'fi_FI'])
  expect(nearest(['x', 'en'], '')).toEqual([])
})
