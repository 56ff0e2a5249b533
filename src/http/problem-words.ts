/**
 * What each error code means and what to do about it, for docs/errors.md (`npm run generate`). Words, in
 * Markdown: a problem that is answered has better ones of its own, about the very request.
 */

import type { ErrorCode } from '../lib/errors.ts'

export interface ProblemWords {
  happened: string
  remedy: string
  /** The same request may succeed later. */
  retry: boolean
}

export const PROBLEM_WORDS: Readonly<Record<ErrorCode, ProblemWords>> = {
  invalid_json: {
    happened: 'The body is not JSON: cut off, a stray comma, a wrong encoding.',
    remedy: 'Send one JSON document in UTF-8; `detail` says where reading stopped.',
    retry: false,
  },
  invalid_cursor: {
    happened: '`cursor` was not given out by this list.',
    remedy: 'Begin without a cursor and pass `next_cursor` on as it is, with the same filters.',
    retry: false,
  },
  invalid_query: {
    happened: 'A filter or `limit` has a value that it cannot have.',
    remedy:
      'Correct the parameter that `errors` names; the API reference (`/docs`) lists the values.',
    retry: false,
  },
  unauthorized: {
    happened:
      'No API key, or one that is not valid any more; on the webhook, a missing or wrong signature.',
    remedy:
      "Send `Authorization: Bearer <key>`. For the webhook, compare `WHATSAPP_APP_SECRET` with the app's secret at Meta.",
    retry: false,
  },
  forbidden: {
    happened:
      "The key is good, but not for this: its role, or another tenant's `tenant_id` in the body.",
    remedy: 'Use a key of that tenant, or of an administrator.',
    retry: false,
  },
  not_found: {
    happened:
      "No such address, or no such object of this tenant. Another tenant's object looks the same on purpose, and so does a message older than `AVISO_RETENTION_DAYS`.",
    remedy: 'Check the id and whose key it is.',
    retry: false,
  },
  method_not_allowed: {
    happened:
      'The address exists and takes other methods; the header `Allow` and the detail name them.',
    remedy: 'Use one of them.',
    retry: false,
  },
  invalid_request: {
    happened:
      'What came is no HTTP request that can be read; also with status 408 (it did not come whole in time) and 431 (headers of more than 16 KiB).',
    remedy: 'Look at what stands between the sender and us.',
    retry: false,
  },
  conflict: {
    happened:
      'A known `event_id`, or a known (`po_id`, `revision`), came with other content. Nothing was sent.',
    remedy:
      'Send changed orders with a new `event_id` and a higher `revision`; the refused one is kept under rejected events.',
    retry: false,
  },
  invalid_state: {
    happened:
      'The object is in a state in which this cannot be done, such as `retry` of a delivered message.',
    remedy: 'Read the object first; `detail` names the state and what it allows.',
    retry: false,
  },
  idempotency_in_progress: {
    happened: 'The first request with this `Idempotency-Key` is still being worked on.',
    remedy: 'Ask again with the same key and body after a second.',
    retry: true,
  },
  too_large: {
    happened:
      'The body is over the limit: an event 256 KiB, a webhook 3.5 MB, a bulk request 16 MB.',
    remedy: 'Send less at once; leave out of `data` what nobody reads.',
    retry: false,
  },
  unsupported_media_type: {
    happened: '`Content-Type` is none that is read here.',
    remedy: 'Send `application/json`, or for an event `application/cloudevents+json`.',
    retry: false,
  },
  validation_failed: {
    happened:
      'It is JSON, but not what was asked for: missing fields, wrong types, characters that cannot be stored.',
    remedy: 'Correct every field in `errors`; each has its own remedy.',
    retry: false,
  },
  idempotency_mismatch: {
    happened: 'This `Idempotency-Key` was used with another body.',
    remedy: 'A new request needs a new key.',
    retry: false,
  },
  template_not_found: {
    happened: 'No template of this name and language.',
    remedy: 'Choose one that exists, or create it and have Meta approve it.',
    retry: false,
  },
  template_parameters: {
    happened: 'Number or kind of the parameters do not fit the template.',
    remedy: 'Give each placeholder of the template its value.',
    retry: false,
  },
  window_closed: {
    happened:
      'A text without a template, though the supplier has not written in the last 24 hours.',
    remedy: 'Send a template; Meta allows free text only within the customer service window.',
    retry: false,
  },
  opted_out: {
    happened: 'The supplier does not want messages.',
    remedy: 'Use another channel, or ask the supplier to agree again.',
    retry: false,
  },
  rate_limited: {
    happened: 'Too many requests, or attempts to sign in, from one place.',
    remedy: 'Wait as long as `Retry-After` says.',
    retry: true,
  },
  internal: {
    happened: 'An error of ours.',
    remedy: 'Retry once; if it stays, look for `request_id` in the log and report both.',
    retry: true,
  },
  unavailable: {
    happened: 'The database cannot be reached, or does not keep up.',
    remedy:
      'Retry after `Retry-After`, or with growing pauses: nothing was accepted, and the same `event_id` never makes a second message.',
    retry: true,
  },
  unknown_tenant: {
    happened: "The event's `tenant_id` is not known, and `AVISO_TENANTS` is `known`.",
    remedy:
      'Give the tenant credentials, correct the id, or set `AVISO_TENANTS` to `shared`; then replay the rejected event.',
    retry: false,
  },
  unsupported_version: {
    happened: 'The CloudEvents envelope has another `specversion` than 1.0.',
    remedy: 'Send version 1.0, or the event without an envelope.',
    retry: false,
  },
  configuration: {
    happened:
      'The configuration or the machine makes running impossible. Seen at start: the process ends with code 78.',
    remedy:
      'Do what each line of the message says: a variable, a directory, a port, a database with tables that are not ours.',
    retry: false,
  },
}
