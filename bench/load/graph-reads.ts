/** What the stand-in answers when its number and templates are asked for. */

import { BUSINESS_ACCOUNT_ID, PHONE_NUMBER_ID } from './orders.ts'

const LANGUAGES = ['en', 'en_US', 'en_GB', 'es', 'pt_BR', 'de', 'fr', 'it']

/** @param path with the version and the query */
export function answerRead(path: string): object {
  const [, , id = '', edge = ''] = (path.split('?')[0] ?? '').split('/')
  if (edge === 'message_templates') return { data: LANGUAGES.map(template), paging: PAGING }
  if (edge === 'subscribed_apps') {
    return { data: [{ whatsapp_business_api_data: { id: '1', name: 'Aviso', link: '' } }] }
  }
  if (edge === 'phone_numbers') return { data: [NUMBER], paging: PAGING }
  if (id === PHONE_NUMBER_ID) return NUMBER
  if (id === BUSINESS_ACCOUNT_ID && edge === '') return { id, name: 'Aviso', currency: 'EUR' }
  return { data: [] }
}

const PAGING = { cursors: { before: 'YQ', after: 'Yg' } }

const NUMBER = {
  id: PHONE_NUMBER_ID,
  display_phone_number: '+1 555-078-3881',
  verified_name: 'Aviso',
  quality_rating: 'GREEN',
  platform_type: 'CLOUD_API',
  status: 'CONNECTED',
  code_verification_status: 'VERIFIED',
  name_status: 'APPROVED',
  account_mode: 'LIVE',
  throughput: { level: 'HIGH' },
  whatsapp_business_manager_messaging_limit: 'UNLIMITED',
}

function template(language: string, index: number): object {
  return {
    id: `9167133146447270${index}`,
    name: 'po_notification',
    language,
    status: 'APPROVED',
    category: 'UTILITY',
    parameter_format: 'POSITIONAL',
    quality_score: { score: 'GREEN' },
    components: [
      {
        type: 'BODY',
        text: 'Hello {{1}}, order {{2}} of {{3}} is approved.',
        example: { body_text: [['Talleres Vega', 'PO-2026-0042', '1.234,50 EUR']] },
      },
    ],
  }
}
