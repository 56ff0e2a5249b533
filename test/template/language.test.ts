import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { templateLanguage } from '../../src/template/language.ts'

describe('templateLanguage', () => {
  it.each([
    ['es', 'es'],
    ['ES', 'es'],
    ['pt_BR', 'pt_BR'],
    ['pt-BR', 'pt_BR'],
    ['pt-br', 'pt_BR'],
    ['PT_br', 'pt_BR'],
    [' en-US ', 'en_US'],
    ['en', 'en'],
    ['fil', 'fil'],
    ['prs-AF', 'prs_AF'],
    ['sr-Latn-RS', 'sr_RS'],
    ['es-419', 'es'],
    ['ca-ES-valencia', 'ca_ES'],
    ['zh-Hans-CN', 'zh_CN'],
    ['zh-Hant-HK', 'zh_HK'],
    ['zh-Hans', 'zh_CN'],
    ['zh_Hant', 'zh_TW'],
    ['zh', 'zh_CN'],
  ])("makes %j Meta's %s", (given, code) => {
    expect(templateLanguage(given)).toBe(code)
  })

  it('leaves its own results alone and never throws', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(templateLanguage(templateLanguage(text))).toBe(templateLanguage(text))
      }),
      { examples: [['! _']] },
    )
  })
})
