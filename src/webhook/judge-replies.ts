/**
 * Whether what somebody wrote is an answer to an order, and which. Pure.
 *
 * A reply counts only if it quotes a message that was sent by the same business number, and comes from
 * that message's recipient: a forwarded message, another tenant's or another person's answers nothing. Who has a
 * new number since is the recipient still.
 */

import { readReplyPayload } from '../message/reply-payload.ts'
import type { Answer } from '../message/reply-payload.ts'

/** The message that is quoted. */
export interface RepliedMessage {
  id: string
  tenant_id: string
  supplier_id: string | null
  phone_number_id: string | null
  /** The recipient as Meta names him; the number that was dialled may be written in another way. */
  wa_id: string | null
  recipient_phone: string | null
  recipient_user_id: string | null
  po_id: string | null
  created_at: Date
}

export interface Reply {
  wamid: string
  /** Of the message that its context names. */
  message_id: string
  phone_number_id: string | null
  from_wa_id: string | null
  from_user_id: string | null
  payload: string | null
}

export interface JudgedReply {
  wamid: string
  /** Null: it counts for no message. */
  message_id: string | null
  /** Null: not about an order. */
  answer: Answer | null
  /** The supplier had said the contrary of the same message before. */
  superseded: boolean
}

/**
 * @param replies in the order they were written
 * @param earlier answers that are known already, by message
 * @param successors wamids of strangers' replies whose sender the recipient has become: see `findStrangers`
 */
export function judgeReplies(
  messages: readonly RepliedMessage[],
  replies: readonly Reply[],
  earlier: ReadonlyMap<string, readonly Answer[]>,
  successors: ReadonlySet<string>,
): JudgedReply[] {
  const byId = new Map(messages.map((message) => [message.id, message]))
  const given = new Map([...earlier].map(([id, answers]) => [id, new Set(answers)]))
  return replies.map((reply) => {
    const message = byId.get(reply.message_id)
    const isHis =
      message !== undefined &&
      isToSender(reply, message) &&
      (isFromRecipient(reply, message) || successors.has(reply.wamid))
    if (!isHis) {
      return { wamid: reply.wamid, message_id: null, answer: null, superseded: false }
    }
    const answer = message.po_id === null ? null : answerOf(reply)
    const known = given.get(message.id) ?? new Set<Answer>()
    const superseded = answer !== null && contradicts(answer, known)
    if (answer !== null) given.set(message.id, known.add(answer))
    return { wamid: reply.wamid, message_id: message.id, answer, superseded }
  })
}

/** Replies that would count, were their sender the recipient under another number or user id. */
export function findStrangers(
  messages: readonly RepliedMessage[],
  replies: readonly Reply[],
): { reply: Reply; message: RepliedMessage }[] {
  const byId = new Map(messages.map((message) => [message.id, message]))
  return replies.flatMap((reply) => {
    const message = byId.get(reply.message_id)
    if (message === undefined || !isToSender(reply, message)) return []
    return isFromRecipient(reply, message) ? [] : [{ reply, message }]
  })
}

/** A tap on one of our buttons says it; everything else is for a person to read. */
function answerOf(reply: Reply): Answer {
  return readReplyPayload(reply.payload) ?? 'question'
}

/** A question contradicts nothing. */
function contradicts(answer: Answer, known: ReadonlySet<Answer>): boolean {
  return (
    (answer === 'acknowledged' && known.has('rejected')) ||
    (answer === 'rejected' && known.has('acknowledged'))
  )
}

/** It reached the business number that the message came from. */
function isToSender(reply: Reply, message: RepliedMessage): boolean {
  return reply.phone_number_id !== null && reply.phone_number_id === message.phone_number_id
}

/** By the names that the message itself has of him. */
function isFromRecipient(reply: Reply, message: RepliedMessage): boolean {
  const { from_wa_id: from, from_user_id: user } = reply
  const isNumber =
    from !== null && (from === message.wa_id || `+${from}` === message.recipient_phone)
  return isNumber || (user !== null && user === message.recipient_user_id)
}
