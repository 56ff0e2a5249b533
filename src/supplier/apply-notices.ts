import type { Queryable } from '../db/database.ts'
import { findPhones } from './identity-store.ts'
import { copyOptOuts, insertOptOuts } from './opt-out-store.ts'
import type { OptOut } from './opt-out-store.ts'
import { phoneVariants } from './phone-variants.ts'
import * as store from './notice-store.ts'
import type { Notice } from './read-notice.ts'
import { isStop } from './stop-words.ts'
import { supplierRecipient } from './supplier.ts'

export interface NoticeReport {
  /** Numbers, user ids and suppliers newly opted out. */
  optedOut: number
  /** Suppliers and waiting messages that follow a new number. */
  followed: number
}

/**
 * Does what suppliers ask for, in the transaction that keeps their message: who writes STOP is opted out
 * before Meta has its 200, and a new number is followed.
 */
export async function applyNotices(
  tx: Queryable,
  notices: readonly Notice[],
  createId: () => string,
): Promise<NoticeReport> {
  const report = { optedOut: 0, followed: 0 }
  // One after the other: there are few, and one may be about the number that another has changed.
  for (const notice of notices) {
    switch (notice.kind) {
      case 'stop':
        report.optedOut += await optOut(tx, notice)
        break
      case 'new_number':
        report.followed += await followNumber(tx, notice, createId)
        break
      case 'new_user_id':
        await copyOptOuts(tx, [notice.userId, ...variantsOf(notice.waId)], [notice.newUserId])
        break
    }
  }
  return report
}

/** For each tenant that knows the sender, where the word is one of the supplier's language. */
async function optOut(tx: Queryable, notice: Extract<Notice, { kind: 'stop' }>): Promise<number> {
  const variants = await phonesOf(tx, notice)
  const sender = { phones: variants, contextWamid: notice.contextWamid }
  const known = await store.findContacts(tx, sender)
  const contacts =
    known.length === 0 && notice.userId !== null
      ? (await store.findTenants(tx)).map((tenant_id) => ({ tenant_id, ...NOBODY }))
      : known
  const optOuts = contacts
    .filter(({ language }) => isStop(notice.text, language))
    .flatMap(({ tenant_id, supplier_id, phones }): OptOut[] =>
      [
        ...variants,
        ...phones,
        ...listOf(notice.userId),
        ...(supplier_id === null ? [] : [supplierRecipient(supplier_id)]),
      ].map((recipient) => ({ tenant_id, recipient, opted_out_at: null, source: 'stop_word' })),
    )
  return (await insertOptOuts(tx, optOuts)).length
}

/** Every form of the sender's numbers, also where he names himself by a user id alone. */
async function phonesOf(
  tx: Queryable,
  { waId, userId }: { waId: string | null; userId: string | null },
): Promise<string[]> {
  if (waId !== null || userId === null) return variantsOf(waId)
  return [...new Set((await findPhones(tx, userId)).flatMap(phoneVariants))]
}

function variantsOf(waId: string | null): string[] {
  return waId === null ? [] : phoneVariants(waId)
}

/** Known by a user id alone. */
const NOBODY = { supplier_id: null, language: null, phones: [] as string[] }

async function followNumber(
  tx: Queryable,
  { waId, newWaId, userId, newUserId, wamid }: Extract<Notice, { kind: 'new_number' }>,
  createId: () => string,
): Promise<number> {
  const former = phoneVariants(waId)
  const [current] = phoneVariants(newWaId)
  if (former.length === 0 || current === undefined) return 0
  await copyOptOuts(tx, [...former, ...listOf(userId)], [current, ...listOf(newUserId)])
  const change = { former, current, wamid }
  const suppliers = await store.changeSupplierPhones(tx, change, createId)
  const messages = await store.changeWaitingRecipients(tx, change, createId)
  return suppliers + messages
}

function listOf(value: string | null): string[] {
  return value === null ? [] : [value]
}
