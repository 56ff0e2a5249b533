/** What creating, editing and deleting have in common: Meta is asked first, then the registry follows. */

import type { Database, Queryable } from '../db/database.ts'
import type { FieldError } from '../lib/errors.ts'
import type { Logger } from '../lib/logger.ts'
import { bumpVersion, lockAccount, requestSync } from './account-store.ts'
import type { Finding } from './lint-rules.ts'
import { changeOf, keysOfNames, writeOf } from './merge-templates.ts'
import type { ListedTemplate } from './merge-templates.ts'
import type { RegisteredTemplate } from './registered-template.ts'
import { GAP_SECONDS, statusChanges } from './sync-templates.ts'
import { recordTemplateEvents } from './template-event-store.ts'
import type { TemplateEventRow } from './template-event-store.ts'
import { findTemplateByKey } from './template-list-store.ts'
import {
  chooseName,
  findTemplates,
  settleTemplateGates,
  upsertTemplates,
} from './template-store.ts'

/** What became of a change at Meta. */
export type WriteOutcome =
  | { kind: 'ok'; value: unknown }
  | MetaRefusal
  | { kind: 'not_sent'; reason: string }
  /** Meta may have made it. */
  | { kind: 'unknown'; reason: string }

export interface MetaRefusal {
  kind: 'rejected'
  httpStatus: number
  error: { code: number; subcode: number | null; title: string; details: string | null }
  userTitle: string | null
  userMessage: string | null
  retryAfterMs: number | null
}

type Body = Readonly<Record<string, unknown>>

/** What is needed of Meta (reference, sections 3.1 to 3.3). */
export interface TemplateWriter {
  create(body: Body): Promise<WriteOutcome>
  edit(metaId: string, body: Body): Promise<WriteOutcome>
  remove(name: string, metaId: string | null): Promise<WriteOutcome>
  find(name: string, language: string): Promise<ListedTemplate | undefined>
  /** Null: no app is configured. */
  upload: ((sample: Sample) => Promise<WriteOutcome>) | null
}

export interface Sample {
  bytes: Uint8Array
  mimeType: string
  fileName: string
}

export interface ManageOptions {
  database: Database
  businessAccountId: string
  /** Whose account it is. */
  tenantId: string
  writer: TemplateWriter
  createId: () => string
  logger: Logger
  /** Templates have changed here. */
  onChange: () => void
}

/** Why a change was not made. */
export type Refused =
  | { kind: 'invalid'; errors: FieldError[] }
  | { kind: 'state'; detail: string }
  | { kind: 'too_often'; detail: string; retryAfterSeconds: number }
  | { kind: 'refused'; refusal: MetaRefusal }
  /** @property mayBeDone Meta may have made the change: look before it is tried again */
  | { kind: 'unreachable'; reason: string; mayBeDone: boolean }

/** The refusal of a call; undefined where it was made. */
export function refusedBy(
  outcome: WriteOutcome,
): Exclude<Refused, { kind: 'invalid' | 'state' | 'too_often' }> | undefined {
  switch (outcome.kind) {
    case 'ok':
      return undefined
    case 'rejected':
      return { kind: 'refused', refusal: outcome }
    case 'not_sent':
      return { kind: 'unreachable', reason: outcome.reason, mayBeDone: false }
    case 'unknown':
      return { kind: 'unreachable', reason: outcome.reason, mayBeDone: true }
  }
}

/** The errors among findings, as faults of fields. */
export function faultsOf(findings: readonly Finding[]): FieldError[] {
  return findings
    .filter(({ severity }) => severity === 'error')
    .map(({ rule, path, detail, remedy }) => ({ field: path, code: rule, detail, remedy }))
}

/** What is ours of a template: what it is chosen for, and whether it is used. */
export interface OwnChoice {
  template_key?: string | null
  is_active?: boolean
}

/**
 * Writes what Meta has said of a template, and who has done what. A key is given to all languages of
 * the name.
 */
export async function storeTemplate(
  options: ManageOptions,
  listed: ListedTemplate,
  own: OwnChoice,
  event: { kind: TemplateEventRow['kind']; actor: string; detail: Body },
): Promise<RegisteredTemplate> {
  const { businessAccountId, tenantId } = options
  const which = { template_name: listed.name, language: listed.language }
  const row = await options.database.transaction(async (tx) => {
    await lockAccount(tx, businessAccountId)
    const stored = await findTemplates(tx, businessAccountId, [listed.name])
    const before = stored.find(({ language }) => language === listed.language)
    const ofName = keysOfNames(stored).get(listed.name)
    const write = writeOf(listed, before, ofName, options.createId)
    const after = own.is_active === undefined ? write : { ...write, is_active: own.is_active }
    await upsertTemplates(tx, { businessAccountId, tenantId }, [after], true)
    if (own.template_key !== undefined) {
      // One more language of a name that is chosen already is no new choice.
      const isAnew = event.kind !== 'created'
      await chooseName(tx, businessAccountId, listed.name, own.template_key, isAnew)
    }
    await settleTemplateGates(tx, businessAccountId, statusChanges([changeOf(before, after)]))
    await recordTemplateEvents(tx, businessAccountId, [
      { id: options.createId(), ...which, ...event },
    ])
    await bumpVersion(tx, businessAccountId)
    await requestSync(tx, businessAccountId, GAP_SECONDS)
    return getRow(tx, businessAccountId, which)
  })
  options.onChange()
  return row
}

async function getRow(
  tx: Queryable,
  businessAccountId: string,
  which: { template_name: string; language: string },
): Promise<RegisteredTemplate> {
  const row = await findTemplateByKey(tx, businessAccountId, which)
  if (row === undefined) throw new Error('the template was not stored')
  return row
}
