import type { StatusItem } from '../../src/webhook/parse-webhook.ts'

/** A status as a webhook says it, of a wamid and nothing else; `more` is laid over it. */
export function statusItem(wamid: string, more: Partial<StatusItem> = {}): StatusItem {
  return {
    wamid,
    status: 'sent',
    metaAt: '2026-11-28T09:00:00.000Z',
    phoneNumberId: null,
    recipientId: null,
    recipientUserId: null,
    callbackData: null,
    pricing: null,
    error: null,
    detail: {},
    ...more,
  }
}
