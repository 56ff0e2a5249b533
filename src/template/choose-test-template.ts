import type { Queryable } from '../db/database.ts'
import { chooseForOrder } from './choose-template.ts'
import { orderParameters } from './po-notification.ts'
import type { OrderParameters } from './po-notification.ts'
import { USABLE } from './registered-template.ts'
import { readOrderTemplates } from './template-registry.ts'
import { findTemplates } from './template-store.ts'

/** Meta makes it with every account; in use it is taken from Meta's own test numbers only. */
const HELLO_WORLD = 'hello_world'
const TEST_ORDER = {
  supplierName: 'Aviso',
  poNumber: 'TEST',
  totalAmount: '1.00',
  currency: 'EUR',
}

export interface TestTemplate {
  name: string
  language: string
  parameters: OrderParameters
}

/**
 * What a test message says: what orders will say, in the default language or another that is approved; else
 * `hello_world`.
 *
 * @returns null where nothing is approved
 */
export async function chooseTestTemplate(
  db: Queryable,
  businessAccountId: string,
  defaultLanguage: string,
): Promise<TestTemplate | null> {
  const orders = await readOrderTemplates(db, businessAccountId)
  const usable = orders.filter(({ status }) => status === USABLE)
  const choice = chooseForOrder(usable, defaultLanguage, defaultLanguage)
  const {
    template_name: name,
    language,
    shape,
  } = usable.find((one) => one.template_name === choice.name && one.language === choice.language) ??
  usable[0] ??
  {}
  if (name !== undefined && language !== undefined) {
    return { name, language, parameters: orderParameters(TEST_ORDER, language, shape) }
  }
  const rows = await findTemplates(db, businessAccountId, [HELLO_WORLD])
  const hello = rows.find(({ status }) => status === USABLE)
  return hello === undefined
    ? null
    : { name: HELLO_WORLD, language: hello.language, parameters: [] }
}
