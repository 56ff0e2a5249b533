import { describe, expect, it } from 'vitest'
import { withDearTemplates, withWaitingTemplates } from '../../src/http/template-health.ts'

const FINE = { status: 'ok' as const, detail: 'usable as far as known', remedy: null }
const DEAR = [{ template_name: 'po_notification', language: 'es', category: 'UTILITY' }]

describe('the part of the templates in health', () => {
  it('is fine where nothing waits and nothing costs more', () => {
    expect(withDearTemplates(withWaitingTemplates(FINE, {}), [], [])).toBe(FINE)
  })

  it('tells of what waits and of what costs more, each with its remedy', () => {
    const waiting = withWaitingTemplates(FINE, { template_paused: 1 })
    expect(withDearTemplates(waiting, DEAR, ['po_notification: 1 EUR more'])).toEqual({
      status: 'degraded',
      detail: expect.stringMatching(
        /^messages wait for their template: template_paused \(1\); Meta will count as marketing: po_notification\/es\. .*\. po_notification: 1 EUR more$/,
      ),
      remedy: expect.stringMatching(/^npx aviso templates list .* Submit a plainer wording/),
    })
    const closed = { status: 'degraded' as const, detail: 'template a/es: paused', remedy: 'Wait.' }
    expect(withDearTemplates(closed, DEAR, [])).toMatchObject({
      detail: expect.stringMatching(/^template a\/es: paused; Meta will count as marketing/),
      remedy: expect.stringMatching(/^Wait\. Submit a plainer wording/),
    })
  })
})
