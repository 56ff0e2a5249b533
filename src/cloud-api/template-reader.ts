import type { CloudApiClient } from './client.ts'
import { field } from './graph-error.ts'
import type { ListResult } from './read-result.ts'

/** States of a number that is registered: only then Meta counts the large quota (reference, section 6). */
const REGISTERED = new Set<unknown>(['CONNECTED', 'FLAGGED', 'RESTRICTED', 'RATE_LIMITED'])

/** The client as the registry of templates needs it. */
export function createTemplateReader(client: CloudApiClient): {
  listTemplates(): Promise<ListResult>
  hasLargeQuota(): Promise<boolean>
} {
  return {
    listTemplates: () => client.listTemplates(),
    async hasLargeQuota() {
      const number = await client.getPhoneNumber(['status'])
      return number.kind === 'ok' && REGISTERED.has(field(number.value, 'status'))
    },
  }
}
