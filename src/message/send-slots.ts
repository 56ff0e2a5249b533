/** What a process that takes orders and sends them lends from its one half to the other. */

import type { ClaimedMessage } from './outbox.ts'

/** Sends that can begin at once, for a stage that writes messages: those it writes under way already. */
export interface SendSlots {
  /**
   * Waits a little while all slots are taken.
   *
   * @param wanted above 0
   * @returns undefined where nothing may begin just now (something waits, is paused, or is held behind a
   *   gate): write the messages as queued, and the dispatcher decides
   */
  reserve(wanted: number): Promise<SlotReservation | undefined>
}

export interface SlotReservation {
  /** How many of the slots are not used yet. */
  readonly left: number
  /** By what the claim is made, in the statement that writes the messages. */
  readonly claim: SlotClaim
  /** Begins to send what was committed as under way; uses a slot each. */
  start(messages: readonly ClaimedMessage[]): Promise<void>
  /** Gives back what is left. Called once, whatever has happened. */
  release(): Promise<void>
}

export interface SlotClaim {
  phoneNumberId: string
  leaseOwner: string
  leaseSeconds: number
  /** Whose templates must be approved; null: none is asked for. */
  businessAccountId: string | null
}
