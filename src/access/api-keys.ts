import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Database } from '../db/database.ts'

export const ROLES = ['admin', 'operator', 'viewer', 'ingest'] as const
export type Role = (typeof ROLES)[number]

/** Who a request speaks for. */
export interface Caller {
  keyId: string | null
  name: string
  role: Role
  /** Null: every tenant. */
  tenantId: string | null
}

export interface ApiKeyRow {
  id: string
  name: string
  role: Role
  tenant_id: string | null
  prefix: string
  created_at: Date
  last_used_at: Date | null
  expires_at: Date | null
}

export interface ApiKeyFilter {
  /** Null: every tenant's, and those of all tenants. */
  tenantId: string | null
  /** Only ids below this one. */
  before: string | null
  limit: number
}

export interface ApiKeys {
  /** Undefined for an unknown, expired or revoked key. A revocation takes at most 5 s to be seen. */
  findCaller(key: string): Promise<Caller | undefined>
  /** The key itself is returned here and never again: only its SHA-256 is stored. */
  create(given: {
    name: string
    role: Role
    tenantId: string | null
    expiresAt: Date | null
    /** Who makes it, for the audit table; left out where a process makes it by itself. */
    actor?: string
  }): Promise<{ row: ApiKeyRow; key: string }>
  /** Newest first, without the revoked ones. */
  list(filter: ApiKeyFilter): Promise<ApiKeyRow[]>
  /** @param actor who revokes it, for the audit table */
  revoke(id: string, tenantId: string | null, actor: string): Promise<boolean>
  /** Revokes all keys of this name; for keys that are made anew at each start. */
  revokeByName(name: string): Promise<void>
  hasAny(): Promise<boolean>
}

const CACHE_MS = 5000
const CACHE_ENTRIES = 10_000
// $1 and $2: id and actor of the row; null actor: none is written.
const audited = (action: string): string => `
insert into audit_log (id, actor, action, tenant_id, detail)
select $1, $2, '${action}', k.tenant_id, jsonb_build_object('key_id', k.id, 'name', k.name, 'role', k.role)
from k where $2::text is not null`
const COLUMNS = 'id, name, role, tenant_id, prefix, created_at, last_used_at, expires_at'

/**
 * Bearer keys: 256 random bits, so a plain SHA-256 is enough and look-up by hash leaks no timing.
 *
 * @param adminKey from AVISO_ADMIN_KEY: every right, never stored
 */
export function createApiKeys(options: {
  database: Database
  adminKey: string | null
  createId: () => string
  now: () => number
}): ApiKeys {
  const { database } = options
  const adminHash = options.adminKey === null ? null : hash(options.adminKey)
  const cache = new Map<string, { caller: Caller | undefined; until: number }>()

  /** `expiresAt`: until when the caller may be remembered, in ms since 1970. */
  const load = async (
    digest: Buffer,
  ): Promise<{ caller: Caller | undefined; expiresAt: number }> => {
    const rows = await database.query<ApiKeyRow>(
      {
        name: 'api_keys.use',
        text: `update api_keys set last_used_at = clock_timestamp()
               where key_sha256 = $1 and revoked_at is null
                 and (expires_at is null or expires_at > clock_timestamp())
               returning ${COLUMNS}`,
      },
      [digest],
    )
    const row = rows[0]
    if (row === undefined) return { caller: undefined, expiresAt: Number.POSITIVE_INFINITY }
    const { id: keyId, name, role, tenant_id: tenantId, expires_at } = row
    return {
      caller: { keyId, name, role, tenantId },
      expiresAt: expires_at?.getTime() ?? Number.POSITIVE_INFINITY,
    }
  }

  return {
    async findCaller(key) {
      const digest = hash(key)
      if (adminHash !== null && timingSafeEqual(digest, adminHash)) {
        return { keyId: null, name: 'AVISO_ADMIN_KEY', role: 'admin', tenantId: null }
      }
      const cacheKey = digest.toString('base64')
      const cached = cache.get(cacheKey)
      if (cached !== undefined && cached.until > options.now()) return cached.caller
      const { caller, expiresAt } = await load(digest)
      if (cache.size >= CACHE_ENTRIES) cache.clear()
      cache.set(cacheKey, { caller, until: Math.min(options.now() + CACHE_MS, expiresAt) })
      return caller
    },
    async create({ name, role, tenantId, expiresAt, actor }) {
      const key = `aviso_${randomBytes(32).toString('base64url')}`
      const rows = await database.query<ApiKeyRow>(
        `with k as (
           insert into api_keys (id, name, role, tenant_id, prefix, key_sha256, expires_at)
           values ($3, $4, $5, $6, $7, $8, $9) returning ${COLUMNS}
         ), l as (${audited('key_create')})
         select ${COLUMNS} from k`,
        [
          ...[options.createId(), actor ?? null, options.createId()],
          ...[name, role, tenantId, key.slice(0, 12), hash(key), expiresAt],
        ],
      )
      const row = rows[0]
      if (row === undefined) throw new Error('the key was not stored')
      return { row, key }
    },
    list: ({ tenantId, before, limit }) =>
      database.query<ApiKeyRow>(
        `select ${COLUMNS} from api_keys
         where revoked_at is null and ($1::uuid is null or tenant_id = $1)
           and ($2::uuid is null or id < $2)
         order by id desc limit $3`,
        [tenantId, before, limit],
      ),
    async revoke(id, tenantId, actor) {
      const rows = await database.query(
        `with k as (
           update api_keys set revoked_at = clock_timestamp()
           where id = $3 and revoked_at is null and ($4::uuid is null or tenant_id = $4)
           returning id, name, role, tenant_id
         ), l as (${audited('key_revoke')})
         select id from k`,
        [options.createId(), actor, id, tenantId],
      )
      cache.clear()
      return rows.length > 0
    },
    async revokeByName(name) {
      await database.query(
        'update api_keys set revoked_at = clock_timestamp() where name = $1 and revoked_at is null returning id',
        [name],
      )
      cache.clear()
    },
    async hasAny() {
      const rows = await database.query(
        `select 1 from api_keys where revoked_at is null
           and (expires_at is null or expires_at > clock_timestamp()) limit $1`,
        [1],
      )
      return rows.length > 0
    },
  }
}

function hash(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}
