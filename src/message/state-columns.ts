/**
 * The columns that follow from a message's state. A statement on the way of an order writes them with it; where
 * one does not, the trigger `whatsapp_messages_keep` (migration 024) does, by a second update of the row.
 */

/** SQL: the status of a state. @param state SQL of type whatsapp_message_state */
export function statusOfState(state: string): string {
  return `case when ${state} <= 'unconfirmed' then 'PENDING'::whatsapp_message_status
      when ${state} = 'read' then 'READ' when ${state} = 'delivered' then 'DELIVERED'
      when ${state} in ('accepted', 'sent') then 'SENT' else 'FAILED' end`
}

/** SQL: whether a state is one that a person should look at. @param state as above */
export function isForAPerson(state: string): string {
  return `${state} in ('held', 'in_doubt', 'unconfirmed', 'expired', 'failed')`
}

/**
 * SQL: assignments of an update.
 *
 * @param state SQL that becomes a whatsapp_message_state; of a constant the rest is worked out when it is planned
 * @param duplicateSent SQL: whether Meta took the message twice
 */
export function intoState(state: string, duplicateSent = 'm.duplicate_sent'): string {
  const typed = `(${state})::whatsapp_message_state`
  return `state = ${typed},
    status = ${statusOfState(typed)},
    needs_attention = ${duplicateSent} or ${isForAPerson(typed)}`
}
