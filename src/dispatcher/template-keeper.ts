import type { Database } from '../db/database.ts'
import type { Logger } from '../lib/logger.ts'
import type { HoldReason } from '../message/message.ts'
import * as holds from '../message/template-hold-store.ts'
import type { HeldMessage, HeldOrder, OrderRenewal } from '../message/template-hold-store.ts'
import { requestSync } from '../template/account-store.ts'
import { chooseForOrder } from '../template/choose-template.ts'
import type { OrderTemplate } from '../template/choose-template.ts'
import { keyOf } from '../template/merge-templates.ts'
import { orderParameters } from '../template/po-notification.ts'
import { storedOrder } from '../template/stored-order.ts'

/**
 * Releases what waits for a template: a held message goes once the registry shows its template
 * approved, a held order in whatever template is chosen for it now.
 */
export interface TemplateKeeper {
  /** The claim held these instead of sending them. True where one may go in another template. */
  held(messages: readonly HeldMessage[]): Promise<boolean>
  /** Meta refused a send and blames the template: the registry is behind. */
  refused(template: string, reason: HoldReason): Promise<void>
  /** Templates have changed: look at everything that is held. */
  changed(): void
  /** One look; called every few seconds. */
  refresh(): Promise<void>
}

export interface TemplateKeeperOptions {
  database: Database
  logger: Logger
  businessAccountId: string
  defaultLanguage: string
  /** The newest choice first; null before Meta's list was ever read. */
  forOrders: () => readonly OrderTemplate[] | null
}

const PAGE = 500
const FIRST_ID = '00000000-0000-0000-0000-000000000000'
/**
 * What began before a change may commit a hold after it: so the look is repeated, and again from time to
 * time for whatever nobody thought of.
 */
const LOOKS_AFTER_CHANGE = 3
const LOOK_EVERY = 12
/** After a refusal the list is read again, but not for each of a burst of refusals. */
const REFUSED_GAP_SECONDS = 5

export function createTemplateKeeper(options: TemplateKeeperOptions): TemplateKeeper {
  const { database, logger, businessAccountId, defaultLanguage } = options
  let looks = LOOKS_AFTER_CHANGE
  let turns = 0

  const alert = async (held: HeldMessage): Promise<void> => {
    if (!(await holds.noteHold(database, businessAccountId, held))) return
    const { template_name: template, template_language: language, hold_reason } = held
    logger.error({ template, language, hold_reason }, 'WhatsApp template.holds_messages')
  }

  /** Writes held orders in the template that is chosen now; the claim says whether they may go. */
  const renewOrders = async (ids: readonly string[] | null): Promise<number> => {
    const templates = options.forOrders()
    if (templates === null) return 0
    let after = FIRST_ID
    let renewed = 0
    for (;;) {
      const orders = await holds.listHeldOrders(database, { after, ids, limit: PAGE })
      const renewals = orders.flatMap((order) => renew(order, templates, defaultLanguage))
      renewed += await holds.renewHeldOrders(database, renewals)
      const last = orders.at(-1)
      if (last === undefined || orders.length < PAGE) return renewed
      after = last.id
    }
  }

  return {
    async held(messages) {
      const kinds = new Map(
        messages.map((one) => [
          `${keyOf(one.template_name, one.template_language)} ${one.hold_reason}`,
          one,
        ]),
      )
      const renewed = await renewOrders(messages.map((message) => message.id))
      // What goes in another template at once is worth no alert.
      if (renewed < messages.length) for (const one of kinds.values()) await alert(one)
      return renewed > 0
    },
    async refused(template, reason) {
      const slash = template.lastIndexOf('/')
      await holds.noteHold(database, businessAccountId, {
        template_name: template.slice(0, slash),
        template_language: template.slice(slash + 1),
        hold_reason: reason,
      })
      await requestSync(database, businessAccountId, REFUSED_GAP_SECONDS)
    },
    changed() {
      looks = LOOKS_AFTER_CHANGE
    },
    async refresh() {
      turns += 1
      if (looks === 0 && turns % LOOK_EVERY !== 0) return
      const renewed = looks > 0 ? await renewOrders(null) : 0
      const released = await holds.reclassifyHeld(database, businessAccountId)
      looks = Math.max(0, looks - 1)
      if (renewed + released > 0) logger.info({ renewed, released }, 'WhatsApp template.released')
    },
  }
}

/** Nothing where the choice is what the message says already. */
function renew(
  held: HeldOrder,
  templates: readonly OrderTemplate[],
  defaultLanguage: string,
): OrderRenewal[] {
  const order = storedOrder(held)
  // What the order does not say may have come from the supplier directory.
  const asked = order.language ?? held.template_language_asked ?? held.template_language
  const choice = chooseForOrder(templates, asked, defaultLanguage)
  if (choice.name === held.template_name && choice.language === held.template_language) return []
  return [
    {
      id: held.id,
      template_name: choice.name,
      template_language: choice.language,
      template_language_asked: choice.asked,
      template_parameters: orderParameters(order, choice.language, choice.shape),
      hold_reason: choice.hold,
    },
  ]
}
