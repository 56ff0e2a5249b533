/**
 * What a person may do to a message: retry, cancel, resolve.
 *
 * Each is one statement that takes the row's lock, asks for its state under the lock, changes it and
 * writes the audit row. Against a claim, a webhook, the sweep or another person one of the two comes
 * first, and the other finds a state that does not fit.
 */

import type { Queryable, Statement } from '../db/database.ts'
import { insertFactsInPlace, NO_FACTS_IN_PLACE } from './facts-in-place.ts'
import type { MessageState } from './message.ts'
import { intoState } from './state-columns.ts'

export const RESOLUTIONS = ['sent', 'not_sent', 'resend'] as const
export type Resolution = (typeof RESOLUTIONS)[number]
export type MessageAction = 'retry' | 'cancel' | 'resolve'

/** The states that each action takes. */
export const ACTION_STATES: Readonly<Record<MessageAction, readonly MessageState[]>> = {
  retry: ['failed', 'expired', 'canceled'],
  cancel: ['queued', 'held', 'claimed'],
  resolve: ['unconfirmed'],
}

/** Which message, and who acts. */
export interface ActionTarget {
  id: string
  /** Null: of every tenant. */
  tenantId: string | null
  /** The name of the API key. */
  actor: string
  /** Id of the audit row. */
  auditId: string
}

// $1 id, $2 tenant, $3 audit id, $4 actor. The columns are what the audit row keeps of the row before.
const locked = (action: MessageAction): string => `
s as materialized (
  select id, tenant_id, state, fence, hold_reason, recipient_phone, recipient_input, template_name,
    whatsapp_message_id, accepted_at, sent_at, failed_at, expires_at, error_code, error_message,
    pricing, provider_response
  from whatsapp_messages
  where id = $1 and ($2::uuid is null or tenant_id = $2)
    and state in (${ACTION_STATES[action].map((state) => `'${state}'`).join(', ')})
  for update
)`
const audited = (action: string): string => `
l as (
  insert into audit_log (id, actor, action, tenant_id, message_id, detail)
  select $3, $4, ${action}, s.tenant_id, s.id,
    to_jsonb(s) - 'id' - 'tenant_id' - 'state' || jsonb_build_object('from', s.state)
  from s join u on u.id = s.id
)
select id from u`

// A retry waits until it is known what became of the newest attempt, else two calls could be accepted:
// with more than one attempt a message may be failed by the first while the second is under way. A
// statement that waited for the lock may see an older attempt row than message row; that only refuses.
//
// Evidence of an attempt that Meta has settled as failed no longer counts, but for a delivery. One that
// only a person, or nobody, has settled is not up to retried_through: its evidence still stops the retry.
const RETRY: Statement = {
  name: 'action.retry',
  text: `
with ${locked('retry')}, g as (
  select s.id, s.fence, a.outcome,
    coalesce(a.outcome in ('in_doubt', 'assumed_lost') or a.evidence = 'person', false) as unproven
  from s left join whatsapp_attempts a on a.message_id = s.id and a.attempt = s.fence
  where s.fence = 0 or a.outcome in ('rejected', 'not_sent', 'in_doubt', 'assumed_lost')
    or (a.outcome = 'accepted' and exists (
      select 1 from whatsapp_status_facts f
      where f.message_id = a.message_id and f.attempt = a.attempt and f.status = 'failed'))
), f as (${insertFactsInPlace('g join whatsapp_messages m on m.id = g.id')}
), u as (
  update whatsapp_messages m
  set ${intoState("'queued'")}, hold_reason = null, resolved_as = null, ${NO_FACTS_IN_PLACE},
    retries = m.retries + 1,
    retried_through = greatest(m.retried_through, case when g.unproven then m.fence - 1 else m.fence end),
    failures = 0, lease_owner = null,
    due_at = clock_timestamp(), expires_at = clock_timestamp() + $5::float8 * interval '1 hour',
    recipient_phone = $6, recipient_input = $7,
    recipient_since = case when m.recipient_phone is distinct from $6 then m.fence else m.recipient_since end,
    wa_id = case when m.recipient_phone = $6 then m.wa_id end,
    recipient_user_id = case when $6::text is null or m.recipient_phone = $6 then m.recipient_user_id end,
    template_name = $8, template_language = $9, template_language_asked = $10, template_parameters = $11,
    whatsapp_message_id = null, accepted_at = null, sent_at = null, delivered_at = null,
    delivered_implied = false, read_at = null, failed_at = null, held_for_quality = false,
    error_code = null, error_message = null, pricing = null, provider_response = null,
    updated_at = clock_timestamp()
  from g where m.id = g.id
  returning m.id
), a as (
  update whatsapp_attempts a
  set outcome = 'assumed_lost', evidence = 'person', ended_at = coalesce(a.ended_at, clock_timestamp())
  from g join u on u.id = g.id
  where a.message_id = g.id and a.attempt = g.fence and a.outcome = 'in_doubt'
), ${audited(`'retry'`)}`,
}

/** What a retry takes anew. */
export interface RetryRenewal {
  expiryHours: number
  /** E.164; null only where the recipient is known by a user id. */
  recipientPhone: string | null
  recipientInput: string | null
  templateName: string | null
  templateLanguage: string | null
  templateLanguageAsked: string | null
  templateParameters: unknown
}

/**
 * Queues a failed, expired or canceled message again. What the row said of the attempts before is in
 * the audit row and in its attempts. Returns false where the state, or an attempt whose outcome is not
 * known yet, does not allow it.
 */
export async function retryMessage(
  db: Queryable,
  target: ActionTarget,
  renewal: RetryRenewal,
): Promise<boolean> {
  const { expiryHours, recipientPhone, recipientInput, templateParameters } = renewal
  const rows = await db.query(RETRY, [
    ...parametersOf(target),
    expiryHours,
    recipientPhone,
    recipientInput,
    renewal.templateName,
    renewal.templateLanguage,
    renewal.templateLanguageAsked,
    templateParameters === null ? null : JSON.stringify(templateParameters),
  ])
  return rows.length > 0
}

const CANCEL: Statement = {
  name: 'action.cancel',
  text: `
with ${locked('cancel')}, u as (
  update whatsapp_messages m
  set ${intoState("'canceled'")}, hold_reason = null, lease_owner = null, due_at = null,
    last_hold_reason = coalesce(m.hold_reason, m.last_hold_reason),
    last_held_at = case when m.state = 'held' then m.updated_at else m.last_held_at end,
    error_code = 'canceled', error_message = 'A person canceled the message before it was sent.',
    failed_at = clock_timestamp(), updated_at = clock_timestamp()
  from s where m.id = s.id
  returning m.id
), ${audited(`'cancel'`)}`,
}

/** Cancels a message that no call is under way for. Returns false where the state does not fit. */
export async function cancelMessage(db: Queryable, target: ActionTarget): Promise<boolean> {
  return (await db.query(CANCEL, parametersOf(target))).length > 0
}

// The attempt keeps its doubt when a person says "sent": a webhook that comes after all then settles
// it, with the wamid by which answers are found.
const RESOLVE: Statement = {
  name: 'action.resolve',
  text: `
with ${locked('resolve')}, t as (
  select a.message_id, a.attempt, a.started_at
  from s join whatsapp_attempts a on a.message_id = s.id and a.attempt = s.fence
), u as (
  update whatsapp_messages m
  set state = case $5::text
      when 'sent' then 'accepted' when 'not_sent' then 'failed' else 'queued' end::whatsapp_message_state,
    resolved_as = $5,
    failures = 0, lease_owner = null,
    due_at = case when $5 = 'resend' then clock_timestamp() end,
    expires_at = case when $5 = 'resend'
      then greatest(m.expires_at, clock_timestamp() + $6::float8 * interval '1 hour') else m.expires_at end,
    -- when the call was made: if Meta took it, then in that moment
    accepted_at = case when $5 = 'sent' then coalesce(
      m.accepted_at, (select started_at from t), clock_timestamp()) else m.accepted_at end,
    failed_at = case when $5 = 'not_sent' then clock_timestamp() end,
    error_code = case when $5 = 'not_sent' then 'not_sent' end,
    error_message = case when $5 = 'not_sent' then 'A person decided that the message was not sent.' end,
    updated_at = clock_timestamp()
  from s where m.id = s.id
  returning m.id
), a as (
  update whatsapp_attempts a
  set evidence = 'person', ended_at = coalesce(a.ended_at, clock_timestamp()),
    outcome = case $5 when 'sent' then a.outcome::text when 'not_sent' then 'not_sent'
      else 'assumed_lost' end::whatsapp_attempt_outcome
  from t join u on u.id = t.message_id
  where a.message_id = t.message_id and a.attempt = t.attempt and a.outcome is distinct from 'accepted'
), ${audited(`'resolve_' || $5`)}`,
}

/**
 * Settles an unconfirmed message by a person's word: `sent` makes it accepted, `not_sent` failed,
 * `resend` queues a new attempt. Meta's evidence, should it come, still wins. Returns false where the
 * state does not fit.
 *
 * @param expiryHours how long a resent one may wait at least
 */
export async function resolveMessage(
  db: Queryable,
  target: ActionTarget,
  resolution: Resolution,
  expiryHours: number,
): Promise<boolean> {
  const rows = await db.query(RESOLVE, [...parametersOf(target), resolution, expiryHours])
  return rows.length > 0
}

function parametersOf({ id, tenantId, auditId, actor }: ActionTarget): unknown[] {
  return [id, tenantId, auditId, actor]
}
