import type { Activity } from './activity.ts'
import type { JsonObject } from './json.ts'
import type { Settings } from './options.ts'
import type { TimerQueue } from './timer-queue.ts'
import type { SignatureFault, WebhookPost, WebhookSender } from './webhook-sender.ts'

/** A status object with what goes beside it. */
export interface StatusUpdate {
  wamid: string
  status: JsonObject
  /** `contacts[]`; null where Meta leaves it out. */
  contact: JsonObject | null
}

/**
 * Puts changes into Meta's envelope (reference, section 5.5). Statuses may be gathered: `batchSize` in
 * one POST, waiting `batchWindowMs` at most for company.
 */
export interface WebhookFeed {
  status(update: StatusUpdate): Promise<void>
  /** All of them in one POST. */
  batch(updates: readonly StatusUpdate[]): Promise<void>
  inbound(message: JsonObject, contact: JsonObject): Promise<void>
  /** A change of the account: with `time`, and ids that JSON must show as numbers. */
  account(field: string, value: JsonObject): Promise<void>
  /** Whatever is given, as an envelope of its own or a body as it stands. */
  raw(json: string, signature: SignatureFault): Promise<void>
  setBatching(batching: { size?: number | undefined; windowMs?: number | undefined }): void
  readonly batching: { size: number; windowMs: number }
  /** Forgets what is being gathered. */
  clear(): void
}

interface Gathered {
  updates: StatusUpdate[]
  settle: (() => void)[]
}

export function createWebhookFeed(
  settings: Settings,
  sender: WebhookSender,
  timers: TimerQueue,
  activity: Activity,
): WebhookFeed {
  let batching = { size: 1, windowMs: 20 }
  let gathered: Gathered = { updates: [], settle: [] }
  let generation = 0

  const metadata = {
    display_phone_number: settings.displayPhoneNumber.replace(/\D/g, ''),
    phone_number_id: settings.phoneNumberId,
  }
  const messagesChange = (content: JsonObject): JsonObject => ({
    value: { messaging_product: 'whatsapp', metadata, ...content },
    field: 'messages',
  })
  const statusesChange = (updates: readonly StatusUpdate[]): JsonObject => {
    // One contact a user, however many of the statuses are the same user's.
    const byUser = new Map<unknown, JsonObject>()
    for (const { contact } of updates) if (contact !== null) byUser.set(contact['user_id'], contact)
    const contacts = [...byUser.values()]
    const statuses = updates.map(({ status }) => status)
    return messagesChange(contacts.length === 0 ? { statuses } : { contacts, statuses })
  }
  const entry = (...changes: JsonObject[]): JsonObject => ({
    id: settings.businessAccountId,
    changes,
  })
  const postStatuses = (updates: readonly StatusUpdate[]): Promise<void> => {
    const [first] = updates
    if (first === undefined) return Promise.resolve()
    const entries =
      updates.length === 1
        ? [entry(statusesChange(updates))]
        : layOut(updates, statusesChange, entry)
    const words = updates.map(({ status }) => String(status['status']))
    return sender.post({
      summary: `statuses: ${words.length > 4 ? `${String(words.length)} of them` : words.join(', ')}`,
      wamids: updates.map(({ wamid }) => wamid),
      json: envelope(entries),
    })
  }
  const flush = (): void => {
    const { updates, settle } = gathered
    if (updates.length === 0) return
    gathered = { updates: [], settle: [] }
    generation += 1
    void postStatuses(updates).then(() => {
      for (const resolve of settle) resolve()
      activity.end()
    })
  }

  return {
    status(update) {
      if (batching.size <= 1) return postStatuses([update])
      return new Promise((resolve) => {
        // One activity a batch, and none for its timer: a full batch leaves the timer behind.
        if (gathered.updates.length === 0) activity.begin()
        gathered.updates.push(update)
        gathered.settle.push(resolve)
        if (gathered.updates.length >= batching.size) {
          flush()
        } else if (gathered.updates.length === 1) {
          const mine = generation
          const flushMine = (): void => {
            if (mine === generation) flush()
          }
          timers.schedule(batching.windowMs, flushMine, { background: true })
        }
      })
    },
    batch: postStatuses,
    inbound(message, contact) {
      const change = messagesChange({ contacts: [contact], messages: [message] })
      const summary = `messages: ${String(message['type'])}`
      const wamids = [String(message['id'])]
      return sender.post({ summary, wamids, json: envelope([entry(change)]) })
    },
    account(field, value) {
      const time = Math.floor(settings.clock() / 1000)
      const json = envelope([{ ...entry({ value, field }), time }])
      return sender.post({ summary: field, wamids: [], json: numericTemplateIds(json) })
    },
    raw(json, signature) {
      const post: WebhookPost = { summary: 'raw', wamids: [], json, signature }
      return sender.post(post)
    },
    setBatching(next) {
      batching = {
        size: next.size ?? batching.size,
        windowMs: next.windowMs ?? batching.windowMs,
      }
      if (gathered.updates.length >= batching.size) flush()
    },
    get batching() {
      return batching
    },
    clear() {
      if (gathered.updates.length > 0) activity.end()
      gathered = { updates: [], settle: [] }
      generation += 1
    },
  }
}

function envelope(entries: readonly JsonObject[]): string {
  return JSON.stringify({ object: 'whatsapp_business_account', entry: entries })
}

/**
 * A batch in all the ways the envelope allows: half of the statuses in one list, a quarter as changes
 * of one entry, the rest as entries of their own. Who reads only the first of each loses most.
 */
function layOut(
  updates: readonly StatusUpdate[],
  change: (updates: readonly StatusUpdate[]) => JsonObject,
  entry: (...changes: JsonObject[]) => JsonObject,
): JsonObject[] {
  const half = Math.ceil(updates.length / 2)
  const three = half + Math.floor((updates.length - half) / 2)
  const entries = [entry(change(updates.slice(0, half)))]
  const changes = updates.slice(half, three).map((update) => change([update]))
  if (changes.length > 0) entries.push(entry(...changes))
  for (const update of updates.slice(three)) entries.push(entry(change([update])))
  return entries
}

/** Meta shows template ids as JSON numbers, even beyond 2^53 (reference, section 3.6). */
function numericTemplateIds(json: string): string {
  return json.replace(/"message_template_id":"(\d+)"/g, '"message_template_id":$1')
}
