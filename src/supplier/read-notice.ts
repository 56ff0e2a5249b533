/** What an inbound message says of the supplier itself: STOP, or a new number. Pure. */

import { mayBeStop } from './stop-words.ts'

/** An inbound message, as far as it is asked here. */
export interface Inbound {
  wamid: string
  type: string
  fromWaId: string | null
  fromUserId: string | null
  contextWamid: string | null
  text: string | null
  content: Record<string, unknown>
}

export type Notice =
  | {
      kind: 'stop'
      wamid: string
      waId: string | null
      userId: string | null
      contextWamid: string | null
      text: string
    }
  | {
      kind: 'new_number'
      wamid: string
      waId: string
      newWaId: string
      /** The former user id, and the new one: with the number the id changes, too. */
      userId: string | null
      newUserId: string | null
    }
  | { kind: 'new_user_id'; wamid: string; waId: string | null; userId: string; newUserId: string }

/** Undefined for almost everything: it decides whether anything is asked of the database at all. */
export function readNotice(inbound: Inbound): Notice | undefined {
  const { wamid, fromWaId, fromUserId, contextWamid, text } = inbound
  if (inbound.type === 'system') return readSystem(inbound)
  if (!mayBeStop(text) || (fromWaId === null && fromUserId === null)) return undefined
  return { kind: 'stop', wamid, waId: fromWaId, userId: fromUserId, contextWamid, text }
}

/** Reference, sections 5.7 and 5.8: `from` is the former number, `wa_id` the new one. */
function readSystem({ wamid, fromWaId, content }: Inbound): Notice | undefined {
  const system = content['system'] as Record<string, unknown> | undefined
  if (typeof system !== 'object') return undefined
  const newWaId = textAt(system, 'wa_id') ?? textAt(system, 'new_wa_id')
  const userId = textAt(system, 'previous_user_id')
  const newUserId = textAt(system, 'user_id')
  if (newWaId !== null && fromWaId !== null && newWaId !== fromWaId) {
    return { kind: 'new_number', wamid, waId: fromWaId, newWaId, userId, newUserId }
  }
  if (userId !== null && newUserId !== null && userId !== newUserId) {
    return { kind: 'new_user_id', wamid, waId: fromWaId, userId, newUserId }
  }
  return undefined
}

function textAt(object: Record<string, unknown>, key: string): string | null {
  const value = object[key]
  return typeof value === 'string' && value !== '' ? value : null
}
