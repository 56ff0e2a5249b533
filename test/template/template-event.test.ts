import { describe, expect, it } from 'vitest'
import { readTemplateEvent } from '../../src/template/template-event.ts'

const ENVELOPE = { businessAccountId: '102290129340398', metaAt: '2026-11-10T08:11:05Z' }

function read(value: Record<string, unknown>) {
  const named = { message_template_name: 'po', message_template_language: 'en-US', ...value }
  return readTemplateEvent('message_template_status_update', named, ENVELOPE)
}

describe('a webhook of a template’s status', () => {
  it('brings the words beside the status', () => {
    const other_info = { title: 'FIRST_PAUSE', description: 'Paused for three hours' }
    expect(read({ event: 'PAUSED', reason: 'NONE', other_info })).toMatchObject({
      language: 'en_US',
      status: 'PAUSED',
      rejected_reason: null,
      said: other_info,
    })
    expect(read({ event: 'DISABLED', disable_info: { disable_date: 1795340000 } })).toMatchObject({
      said: { disable_date: '1795340000' },
    })
    expect(read({ event: 'APPROVED', reason: null })).not.toHaveProperty('said')
  })

  it('has the sentence of a rejection as its reason where there is no code', () => {
    const rejection_info = { reason: 'No words.', recommendation: 'Add some.' }
    expect(read({ event: 'REJECTED', reason: null, rejection_info })).toMatchObject({
      rejected_reason: 'No words.',
      said: { recommendation: 'Add some.' },
    })
    expect(read({ event: 'REJECTED', reason: 'SCAM', rejection_info })).toMatchObject({
      rejected_reason: 'SCAM',
      said: rejection_info,
    })
    expect(read({ event: 'REJECTED', reason: 'NONE' })).toMatchObject({ rejected_reason: null })
  })

  it('keeps a warning that is no status, and says of no status that it changed', () => {
    const event = read({ event: 'FLAGGED', disable_info: { disable_date: '2026-12-01' } })
    expect(event).toMatchObject({ said: { event: 'FLAGGED', disable_date: '2026-12-01' } })
    expect(event).not.toHaveProperty('status')
    expect(read({ event: 'FLAGGED' })).not.toHaveProperty('said')
  })

  it('leaves out what no database can hold, and what is no text', () => {
    const other_info = { title: 'FIRST\u0000PAUSE', description: ['a'] }
    expect(read({ event: 'PAUSED', other_info })).not.toHaveProperty('said')
    expect(read({ event: 'PAUSED', other_info: 'x' })).toMatchObject({ status: 'PAUSED' })
  })
})
