/** How orders would go out once Meta's list, as it is now, is in the registry. Pure. */

import { chooseForOrder, fitForOrders } from './choose-template.ts'
import { keyOf, mergeTemplates } from './merge-templates.ts'
import type { ListedTemplate } from './merge-templates.ts'
import { ORDER_KEY } from './po-notification.ts'
import { DELETED } from './registered-template.ts'
import type { StoredTemplate, TemplateWrite } from './template-store.ts'

export interface OrderPreview {
  /** The language that an order names. */
  asked: string
  name: string
  /** The one it would go out in. */
  language: string
  /** Meta's word; null: orders have no such template. */
  status: string | null
}

/**
 * @param stored the registry of the account; empty: nobody has chosen anything yet
 * @param listed Meta's list
 * @param languages those that orders name
 */
export function previewOrders(
  stored: readonly StoredTemplate[],
  listed: readonly ListedTemplate[],
  languages: readonly string[],
  defaultLanguage: string,
  now: Date,
): OrderPreview[] {
  const { writes } = mergeTemplates(stored, listed, now, () => '')
  const rows = new Map<string, TemplateWrite>(
    [...stored, ...writes].map((row) => [keyOf(row.template_name, row.language), row]),
  )
  const orders = fitForOrders(
    [...rows.values()]
      .filter((row) => row.template_key === ORDER_KEY && row.is_active && row.status !== DELETED)
      .sort(byChoice),
  )
  return languages.map((asked) => {
    const { name, language } = chooseForOrder(orders, asked, defaultLanguage)
    const found = orders.find((one) => one.template_name === name && one.language === language)
    return { asked, name, language, status: found?.status ?? null }
  })
}

/** The newest choice first, as the registry reads them. */
function byChoice(a: TemplateWrite, b: TemplateWrite): number {
  const chosenAt = ({ keyed_at }: TemplateWrite): number => keyed_at?.getTime() ?? -Infinity
  if (chosenAt(a) !== chosenAt(b)) return chosenAt(b) > chosenAt(a) ? 1 : -1
  return a.id < b.id ? 1 : -1
}
