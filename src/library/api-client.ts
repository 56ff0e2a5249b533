import createClient from 'openapi-fetch'
import type { Client } from 'openapi-fetch'
import type { paths } from './api-types.ts'
import { locateService } from './service-caller.ts'
import type { ServiceOptions } from './service-caller.ts'

export type ApiClient = Client<paths>

/**
 * Every address of the HTTP API, typed by its own OpenAPI document:
 * `client.GET('/api/v1/whatsapp/messages', { params: { query: { status: 'FAILED' } } })`.
 *
 * @throws AvisoError `configuration` where an address is malformed
 */
export function createApiClient(options: Pick<ServiceOptions, 'url' | 'apiKey'> = {}): ApiClient {
  const { url, apiKey } = locateService(options)
  return createClient<paths>({
    baseUrl: url,
    ...(apiKey !== null && { headers: { authorization: `Bearer ${apiKey}` } }),
  })
}
