import { describe, expect, it } from 'vitest'
import { mergeTemplates } from '../../src/template/merge-templates.ts'
import type { ListedTemplate } from '../../src/template/merge-templates.ts'
import { previewOrders } from '../../src/template/preview-orders.ts'
import type { StoredTemplate } from '../../src/template/template-store.ts'

const NOW = new Date('2026-11-01T00:00:00Z')

/** `po_reply/es PAUSED` */
function listed(...words: string[]): ListedTemplate[] {
  return words.map((word, place) => {
    const [key = '', status = 'APPROVED'] = word.split(' ')
    const [name = '', language = ''] = key.split('/')
    const components = [{ type: 'BODY', text: 'a {{1}} b {{2}} c {{3}} d' }]
    return { id: String(place), name, language, status, category: 'UTILITY', components }
  })
}

/** What a read of the list has left in the registry, and what was chosen since. */
function stored(
  list: readonly ListedTemplate[],
  choice: (name: string) => Partial<StoredTemplate> = () => ({}),
): StoredTemplate[] {
  return mergeTemplates([], list, NOW, () => '').writes.map((row, place) => ({
    ...row,
    id: String(place),
    tenant_id: '',
    business_account_id: '',
    sent_count: '0',
    synced_at: NOW,
    touched_at: null,
    created_at: new Date(0),
    updated_at: NOW,
    ...choice(row.template_name),
  }))
}

describe('what orders would go out with', () => {
  const preview = (rows: readonly StoredTemplate[], list: string[], ...languages: string[]) =>
    previewOrders(rows, listed(...list), languages, 'en', NOW).map(
      ({ asked, name, language, status }) =>
        `${asked}: ${name}/${language} ${status ?? 'is missing'}`,
    )

  it('is po_notification before anybody has read the list, in any region of the language', () => {
    expect(preview([], ['po_notification/en_US', 'hello_world/en'], 'en', 'de')).toEqual([
      'en: po_notification/en_US APPROVED',
      'de: po_notification/en_US APPROVED',
    ])
    expect(preview([], ['hello_world/en'], 'en')).toEqual(['en: po_notification/en is missing'])
  })

  it('is the choice of the registry, the newest first, with Meta’s word of now', () => {
    const list = ['po_notification/es', 'po_old/es', 'po_reply/es']
    const rows = stored(listed(...list), (name) => ({
      template_key: name === 'po_notification' ? null : 'po_approved',
      keyed_at: name === 'po_reply' ? NOW : new Date(0),
    }))
    expect(preview(rows, list, 'es')).toEqual(['es: po_reply/es APPROVED'])
    const paused = ['po_notification/es', 'po_old/es REJECTED', 'po_reply/es PAUSED']
    expect(preview(rows, paused, 'es')).toEqual(['es: po_reply/es PAUSED'])
    expect(preview(rows, [...paused, 'po_reply/es_MX'], 'es_MX')).toEqual([
      'es_MX: po_reply/es_MX APPROVED',
    ])
  })

  it('is nothing that is left unused, or that an order cannot fill', () => {
    const list = ['po_notification/es']
    const unused = stored(listed(...list), () => ({ is_active: false }))
    expect(preview(unused, list, 'es')).toEqual(['es: po_notification/es is missing'])
    const [other] = listed('po_notification/es')
    const short = { ...other, components: [{ type: 'BODY', text: 'a {{1}} b' }] } as ListedTemplate
    expect(previewOrders([], [short], ['es'], 'en', NOW)).toMatchObject([{ status: null }])
  })
})
