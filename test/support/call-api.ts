import { ADMIN_KEY } from './test-config.ts'

export interface ApiAnswer {
  status: number
  headers: Headers
  body: Record<string, unknown>
}

export interface ApiCall {
  method?: string
  key?: string
  /** Bytes go as they are, under `type`. */
  body?: unknown
  type?: string
}

/** One request to a service's HTTP interface, as an administrator where no key is named. */
export async function callApi(url: string, path: string, more: ApiCall = {}): Promise<ApiAnswer> {
  const { body, key = ADMIN_KEY, type = 'application/json' } = more
  const bytes = body instanceof Uint8Array ? Buffer.from(body) : JSON.stringify(body)
  const response = await fetch(url + path, {
    method: more.method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      authorization: `Bearer ${key}`,
      ...(body !== undefined && { 'content-type': type }),
    },
    ...(body !== undefined && { body: bytes }),
  })
  const text = await response.text()
  const value = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>
  return { status: response.status, headers: response.headers, body: value }
}

/** A new key of a role. */
export async function createKey(url: string, role: string, tenantId?: string): Promise<string> {
  const body = { name: role, role, ...(tenantId !== undefined && { tenant_id: tenantId }) }
  return String((await callApi(url, '/api/v1/keys', { body })).body['key'])
}
