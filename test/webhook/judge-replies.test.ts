import { describe, expect, it } from 'vitest'
import type { Answer } from '../../src/message/reply-payload.ts'
import { findStrangers, judgeReplies } from '../../src/webhook/judge-replies.ts'
import type { RepliedMessage, Reply } from '../../src/webhook/judge-replies.ts'

const MESSAGE: RepliedMessage = {
  id: 'm1',
  tenant_id: 't1',
  supplier_id: null,
  phone_number_id: '106540352242922',
  wa_id: '5491123456789',
  recipient_phone: '+541123456789',
  recipient_user_id: 'AR.13491208655302741918',
  po_id: 'po-1',
  created_at: new Date(0),
}
let count = 0

function reply(payload: string | null, more: Partial<Reply> = {}): Reply {
  count += 1
  return {
    wamid: `wamid.${String(count)}`,
    message_id: 'm1',
    phone_number_id: '106540352242922',
    from_wa_id: '5491123456789',
    from_user_id: null,
    payload,
    ...more,
  }
}
const ACK = 'aviso:po.acknowledged'
const REJECT = 'aviso:po.rejected'
const ASK = 'aviso:po.question'

function judge(
  replies: Reply[],
  earlier: Answer[] = [],
  message: Partial<RepliedMessage> = {},
  successors: string[] = [],
) {
  const known = new Map(earlier.length === 0 ? [] : [['m1', earlier]])
  return judgeReplies([{ ...MESSAGE, ...message }], replies, known, new Set(successors))
}

describe('an answer', () => {
  it.each([
    [ACK, 'acknowledged'],
    [REJECT, 'rejected'],
    [ASK, 'question'],
    [null, 'question'],
    ['Confirmar', 'question'],
    ['ACK:10045', 'question'],
    [' aviso:po.acknowledged', 'question'],
    ['aviso:po.acknowledged.', 'question'],
    ['AVISO:PO.ACKNOWLEDGED', 'question'],
  ])('with the payload %j is %s', (payload, answer) => {
    expect(judge([reply(payload)])).toMatchObject([{ message_id: 'm1', answer }])
  })

  it('to a message that is about no order counts for the message and says nothing of an order', () => {
    expect(judge([reply(ACK)], [], { po_id: null })).toMatchObject([
      { message_id: 'm1', answer: null, superseded: false },
    ])
  })

  it.each<[string, Partial<Reply>]>([
    ['by the id that Meta gave him', {}],
    ['by the number that was dialled', { from_wa_id: '541123456789' }],
    ['by his business-scoped id', { from_wa_id: null, from_user_id: 'AR.13491208655302741918' }],
  ])('comes from the recipient, known %s', (_, more) => {
    expect(judge([reply(ACK, more)])).toMatchObject([{ message_id: 'm1' }])
  })

  it.each<[string, Partial<Reply>, Partial<RepliedMessage>]>([
    ['another person', { from_wa_id: '34699999999' }, {}],
    ['another person who hides his number', { from_wa_id: null, from_user_id: 'ES.1' }, {}],
    ['nobody', { from_wa_id: null }, {}],
    [
      'nobody, to a recipient of whom nothing is known',
      { from_wa_id: null },
      { wa_id: null, recipient_user_id: null },
    ],
    ['the recipient, at another business number', { phone_number_id: '999' }, {}],
    ['the recipient, at no business number', { phone_number_id: null }, {}],
    [
      'the recipient, before anything was sent',
      { phone_number_id: null },
      { phone_number_id: null },
    ],
    ['the recipient, to another message', { message_id: 'm2' }, {}],
  ])('does not count from %s', (_, more, message) => {
    expect(judge([reply(ACK, more)], [], message)).toMatchObject([
      { message_id: null, answer: null, superseded: false },
    ])
  })
})

describe('a stranger', () => {
  const stranger = { from_wa_id: '34699999999' }

  it('counts where the recipient has become him, at the same business number alone', () => {
    const [one, elsewhere] = [
      reply(ACK, stranger),
      reply(ACK, { ...stranger, phone_number_id: '9' }),
    ]
    const judged = judge([one, elsewhere], [], {}, [one.wamid, elsewhere.wamid])
    expect(judged.map(({ message_id }) => message_id)).toEqual(['m1', null])
  })

  it('is looked for where sender and recipient have no name in common, and nowhere else', () => {
    const one = reply(ACK, stranger)
    const others = [
      reply(ACK),
      reply(ACK, { ...stranger, phone_number_id: '9' }),
      reply(ACK, { ...stranger, message_id: 'm2' }),
    ]
    expect(findStrangers([MESSAGE], [one, ...others])).toEqual([{ reply: one, message: MESSAGE }])
  })
})

describe('superseded', () => {
  const flags = (payloads: (string | null)[], earlier: Answer[] = []) =>
    judge(
      payloads.map((payload) => reply(payload)),
      earlier,
    ).map(({ superseded }) => superseded)

  it('marks an answer that contradicts one before it, in the same batch or in an earlier one', () => {
    expect(flags([ACK, REJECT])).toEqual([false, true])
    expect(flags([REJECT], ['acknowledged'])).toEqual([true])
    expect(flags([ACK, REJECT, ACK])).toEqual([false, true, true])
  })

  it('does not mark the same answer twice, nor a question, nor an answer after a question', () => {
    expect(flags([ACK, ACK])).toEqual([false, false])
    expect(flags([ACK, ASK, null])).toEqual([false, false, false])
    expect(flags([ACK], ['question'])).toEqual([false])
  })

  it('is not moved by what somebody else says', () => {
    const replies = [reply(REJECT, { from_wa_id: '34699999999' }), reply(ACK)]
    expect(judge(replies).map(({ superseded }) => superseded)).toEqual([false, false])
  })
})
