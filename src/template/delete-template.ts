import type { Queryable } from '../db/database.ts'
import { bumpVersion, lockAccount, requestSync } from './account-store.ts'
import { chooseForOrder } from './choose-template.ts'
import { refusedBy } from './manage-templates.ts'
import type { ManageOptions, Refused } from './manage-templates.ts'
import { ORDER_KEY } from './po-notification.ts'
import { DELETED, USABLE } from './registered-template.ts'
import type { RegisteredTemplate } from './registered-template.ts'
import { GAP_SECONDS } from './sync-templates.ts'
import { recordTemplateEvents } from './template-event-store.ts'
import { countWaiting } from './template-list-store.ts'
import { readOrderTemplates } from './template-registry.ts'
import { findTemplates, upsertTemplates } from './template-store.ts'
import type { StoredTemplate } from './template-store.ts'

export interface Consequence {
  code: 'name_rests' | 'messages_held' | 'under_way' | 'orders_change' | 'orders_held'
  detail: string
}

export type DeleteOutcome =
  { kind: 'deleted'; isDone: boolean; languages: string[]; consequences: Consequence[] } | Refused

export interface DeleteRequest {
  /** The whole name, not this language alone. */
  allLanguages: boolean
  /** Only tell what would follow. */
  isDryRun: boolean
  actor: string
}

/** Ends a template at Meta, in one language or in all of its name, and tells what follows from it. */
export async function deleteTemplate(
  options: ManageOptions & { defaultLanguage: string },
  row: RegisteredTemplate,
  request: DeleteRequest,
): Promise<DeleteOutcome> {
  const { database, businessAccountId } = options
  const ofName = await findTemplates(database, businessAccountId, [row.template_name])
  const going = ofName.filter(
    ({ id, status }) => status !== DELETED && (request.allLanguages || id === row.id),
  )
  if (going.length === 0) {
    return { kind: 'state', detail: 'Meta has this template no more.' }
  }
  const disabled = going.find(({ status }) => status === 'DISABLED')
  if (disabled !== undefined) {
    const detail = `A disabled template cannot be deleted: ${disabled.template_name} in ${disabled.language}.`
    return { kind: 'state', detail }
  }
  const languages = going.map(({ language }) => language).sort()
  const consequences = await consequencesOf(database, options, going)
  if (!request.isDryRun) {
    const metaId = request.allLanguages ? null : row.meta_id
    const refused = refusedBy(await options.writer.remove(row.template_name, metaId))
    if (refused !== undefined) return refused
    await markDeleted(options, going, request.actor)
    options.onChange()
  }
  return { kind: 'deleted', isDone: !request.isDryRun, languages, consequences }
}

async function markDeleted(
  options: ManageOptions,
  going: readonly StoredTemplate[],
  actor: string,
): Promise<void> {
  const { database, businessAccountId, tenantId, createId } = options
  await database.transaction(async (tx) => {
    await lockAccount(tx, businessAccountId)
    const gone = going.map((row) => ({ ...row, status: DELETED }))
    await upsertTemplates(tx, { businessAccountId, tenantId }, gone, true)
    const events = going.map(({ template_name, language, status }) => ({
      id: createId(),
      template_name,
      language,
      kind: 'deleted' as const,
      actor,
      detail: { status },
    }))
    await recordTemplateEvents(tx, businessAccountId, events)
    await bumpVersion(tx, businessAccountId)
    await requestSync(tx, businessAccountId, GAP_SECONDS)
  })
}

async function consequencesOf(
  db: Queryable,
  options: { businessAccountId: string; defaultLanguage: string },
  going: readonly StoredTemplate[],
): Promise<Consequence[]> {
  const name = going[0]?.template_name ?? ''
  const languages = going.map(({ language }) => language)
  const wasUsed = going.some(({ status }) => status === USABLE || status === 'PAUSED')
  const waiting = await countWaiting(db, name, languages)
  return [
    ...(wasUsed ? [nameRests(name), UNDER_WAY] : []),
    ...(waiting > 0 ? [held(waiting)] : []),
    ...(await orderConsequences(db, options, going)),
  ]
}

const UNDER_WAY: Consequence = {
  code: 'under_way',
  detail:
    'What was sent with it and is not delivered yet, Meta goes on delivering for up to 30 days.',
}

function nameRests(name: string): Consequence {
  const detail = `Meta does not take the name ${name} again for 30 days. To change the words, edit it, or create ${name}_v2.`
  return { code: 'name_rests', detail }
}

function held(count: number): Consequence {
  const which = count === 1 ? 'message waits' : 'messages wait'
  const detail = `${String(count)} ${which} for it and will be held: cancel them, or retry them with another template.`
  return { code: 'messages_held', detail }
}

/** In which language, and with which template, orders go from then on. */
async function orderConsequences(
  db: Queryable,
  { businessAccountId, defaultLanguage }: { businessAccountId: string; defaultLanguage: string },
  going: readonly StoredTemplate[],
): Promise<Consequence[]> {
  const used = going.filter((one) => one.template_key === ORDER_KEY && one.is_active)
  if (used.length === 0) return []
  const left = (await readOrderTemplates(db, businessAccountId)).filter(
    (one) =>
      !going.some(
        (gone) => gone.template_name === one.template_name && gone.language === one.language,
      ),
  )
  return used.map(({ language }): Consequence => {
    const choice = chooseForOrder(left, language, defaultLanguage)
    if (choice.shape === undefined || choice.hold !== null) {
      const detail = `Orders in ${language} will be held: no other approved template of orders fits them.`
      return { code: 'orders_held', detail }
    }
    const detail = `Orders in ${language} go with ${choice.name} in ${choice.language} from then on.`
    return { code: 'orders_change', detail }
  })
}
