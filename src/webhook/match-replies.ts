import type { Database } from '../db/database.ts'
import { findSuccessors } from '../supplier/identity-store.ts'
import { findStrangers, judgeReplies } from './judge-replies.ts'
import * as store from './reply-store.ts'

export interface ReplyReport {
  /** Answers that count. */
  linked: number
  /** What quotes a message of ours and is no answer of its recipient's. */
  foreign: number
}

/**
 * Judges answers whose message is known by now. They are stored with their webhook, before anybody
 * asks what they mean: an answer may be here before Meta's answer to the send that it quotes.
 *
 * @param seconds how far back answers are looked for
 */
export function matchReplies(database: Database, seconds: number): Promise<ReplyReport> {
  return database.transaction(async (tx) => {
    const messages = await store.lockReplied(tx, seconds)
    if (messages.length === 0) return { linked: 0, foreign: 0 }
    const ids = messages.map((message) => message.id)
    const replies = await store.findReplies(tx, ids)
    const earlier = await store.findEarlierAnswers(tx, ids)
    const strangers = findStrangers(messages, replies)
    const successors = await findSuccessors(
      tx,
      strangers.map(({ reply, message }) => ({ ...reply, recipient: message })),
    )
    const judged = judgeReplies(messages, replies, earlier, successors)
    if (judged.length > 0) await store.recordReplies(tx, judged)
    const linked = judged.filter((reply) => reply.message_id !== null).length
    return { linked, foreign: judged.length - linked }
  })
}
