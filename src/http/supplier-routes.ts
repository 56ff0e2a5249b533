import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Database } from '../db/database.ts'
import { AppError } from '../lib/errors.ts'
import { isUuid } from '../lib/text-rules.ts'
import { parseJson } from '../lib/strict-json.ts'
import { nameFields } from '../lib/schema-faults.ts'
import { phonesMeant } from '../message/phone-number.ts'
import { importSuppliers } from '../supplier/import-suppliers.ts'
import { MAX_IMPORT_BYTES, readCsvImport, readJsonImport } from '../supplier/read-import.ts'
import { readSupplier, SupplierBodySchema } from '../supplier/supplier-schema.ts'
import {
  deleteSupplier,
  findSupplier,
  listSuppliers,
  writeSuppliers,
} from '../supplier/supplier-store.ts'
import type { SupplierRow } from '../supplier/supplier.ts'
import { READERS, WRITERS } from './authenticate.ts'
import type { Authenticate } from './authenticate.ts'
import { ProblemSchema } from './contract.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { bytesOf, isJson, mediaTypeOf, takeBytes } from './json-bytes.ts'

export interface SupplierRouteOptions {
  authenticate: Authenticate
  database: Database
  createId: () => string
  /** Whose suppliers an administrator of all tenants means who names none. */
  defaultTenantId: string
  /** ISO 3166, for numbers without a country code. */
  defaultCountry: string | null
}

const time = z.iso.datetime()
const SEND_JSON = 'Send the supplier as application/json.'
const SEND_IMPORT = 'Send suppliers as text/csv or application/json.'

export const SupplierSchema = z
  .object({
    supplier_id: z.string(),
    tenant_id: z.string(),
    name: z.string(),
    phones: z.array(z.string()).describe('E.164; orders go to the first'),
    language: z.string().nullable(),
    email: z.string().nullable(),
    opted_out_at: time.nullable().describe('Wants no messages since'),
    metadata: z.record(z.string(), z.unknown()).nullable(),
    created_at: time,
    updated_at: time,
  })
  .meta({ id: 'Supplier' })
export const SupplierListSchema = z
  .object({ data: z.array(SupplierSchema), next_cursor: z.string().nullable() })
  .meta({ id: 'SupplierList' })
export const ImportReportSchema = z
  .object({
    created: z.number().int(),
    updated: z.number().int(),
    unchanged: z.number().int(),
    rejected: z.array(z.object({ line: z.number().int(), code: z.string(), detail: z.string() })),
  })
  .meta({ id: 'SupplierImport' })

const TenantQuerySchema = z.strictObject({
  tenant_id: z.guid().optional().describe('For keys of all tenants; else the default tenant'),
})
const ListQuerySchema = z.strictObject({
  q: z
    .string()
    .trim()
    .min(1)
    .max(256)
    .optional()
    .describe('supplier_id or phone exactly, name by its beginning'),
  tenant_id: z.guid().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().optional(),
})
const ParamsSchema = z.object({ supplier_id: z.string() })

/** The supplier directory. Read by readers, written by operators and administrators. */
export function registerSupplierRoutes(app: FastifyInstance, options: SupplierRouteOptions): void {
  registerReading(app, options)
  void app.register((scope, _options, done) => {
    takeBytes(scope, SEND_JSON)
    registerPut(scope, options)
    done()
  })
  void app.register((scope, _options, done) => {
    takeBytes(scope, SEND_IMPORT, (type) => isJson(type) || isCsv(type))
    registerImport(scope, options)
    done()
  })
}

function registerReading(app: FastifyInstance, options: SupplierRouteOptions): void {
  const { database } = options
  const routes = app.withTypeProvider<ZodTypeProvider>()
  const asReader = async (request: FastifyRequest): Promise<void> => {
    request.caller = await options.authenticate(request, READERS)
  }
  routes.get(
    '/api/v1/suppliers',
    {
      onRequest: asReader,
      schema: {
        summary: 'Suppliers, newest first',
        tags: ['suppliers'],
        querystring: ListQuerySchema,
        response: { 200: SupplierListSchema, 400: ProblemSchema },
      },
    },
    async (request) => {
      const { q, limit, cursor, tenant_id: asked } = request.query
      const only = request.caller?.tenantId ?? null
      refuseOther(only, asked)
      const rows = await listSuppliers(database, {
        tenantId: only ?? asked?.toLowerCase() ?? null,
        q: q ?? null,
        qPhones: q === undefined ? [] : phonesMeant(q, options.defaultCountry),
        before: cursor === undefined ? null : decodeCursor(cursor),
        limit: limit + 1,
      })
      const page = rows.slice(0, limit)
      const last = page.at(-1)
      const more = rows.length > page.length && last !== undefined
      return { data: page.map(viewSupplier), next_cursor: more ? encodeCursor(last.id) : null }
    },
  )
  routes.get(
    '/api/v1/suppliers/:supplier_id',
    {
      onRequest: asReader,
      schema: {
        summary: 'One supplier',
        tags: ['suppliers'],
        params: ParamsSchema,
        querystring: TenantQuerySchema,
        response: { 200: SupplierSchema, 404: ProblemSchema },
      },
    },
    async (request) => {
      const tenantId = tenantOf(request, request.query.tenant_id, options)
      const row = await findStorable(database, tenantId, request.params.supplier_id)
      if (row === undefined) throw notFound()
      return viewSupplier(row)
    },
  )
  routes.delete(
    '/api/v1/suppliers/:supplier_id',
    {
      onRequest: async (request) => {
        request.caller = await options.authenticate(request, WRITERS)
      },
      schema: {
        summary: 'Take a supplier out of the directory',
        description: 'An opt-out stays: it is given up by PUT with "opted_out_at": null alone.',
        tags: ['suppliers'],
        params: ParamsSchema,
        querystring: TenantQuerySchema,
        response: { 204: z.null().describe('Deleted'), 404: ProblemSchema },
      },
    },
    async (request, reply) => {
      const tenantId = tenantOf(request, request.query.tenant_id, options)
      const { supplier_id: id } = request.params
      if (id.includes('\0') || !(await deleteSupplier(database, tenantId, id))) throw notFound()
      return reply.code(204).send(null)
    },
  )
}

function registerPut(scope: FastifyInstance, options: SupplierRouteOptions): void {
  const { database, createId, defaultCountry } = options
  scope.put<{ Params: z.infer<typeof ParamsSchema>; Querystring: { tenant_id?: string } }>(
    '/api/v1/suppliers/:supplier_id',
    {
      onRequest: async (request) => {
        request.caller = await options.authenticate(request, WRITERS)
      },
      // The body comes as bytes and is read below, so that every fault is named at once.
      validatorCompiler: () => () => true,
      schema: {
        summary: 'Write a supplier: the whole of it',
        description:
          'What is left out is empty afterwards, but for the opt-out, which stays. "opted_out_at": null takes an opt-out back.',
        tags: ['suppliers'],
        params: ParamsSchema,
        querystring: TenantQuerySchema,
        body: SupplierBodySchema,
        response: {
          200: SupplierSchema,
          201: SupplierSchema,
          400: ProblemSchema,
          403: ProblemSchema,
          415: ProblemSchema,
          422: ProblemSchema,
        },
      },
    },
    async (request, reply) => {
      const id = request.params.supplier_id
      const parsed = parseJson(bytesOf(request.body, SEND_JSON))
      if (!parsed.ok) throw new AppError('invalid_json', `The body is no JSON: ${parsed.detail}.`)
      const read = readSupplier(id, parsed.value, defaultCountry)
      if (!read.ok) {
        throw new AppError('validation_failed', `${nameFields('The supplier', read.errors)}.`, {
          errors: read.errors,
        })
      }
      refuseId(id)
      const tenantId = tenantOf(request, read.tenantId ?? request.query.tenant_id, options)
      const actor = request.caller?.name ?? 'unknown'
      const [outcome] = await database.transaction((tx) =>
        writeSuppliers(tx, [read.input], { tenantId, actor, createId }),
      )
      const row = await findSupplier(database, tenantId, id)
      if (row === undefined) throw notFound()
      return reply.code(outcome === 'created' ? 201 : 200).send(viewSupplier(row))
    },
  )
}

function registerImport(scope: FastifyInstance, options: SupplierRouteOptions): void {
  scope.post<{ Querystring: { tenant_id?: string } }>(
    '/api/v1/suppliers/import',
    {
      bodyLimit: MAX_IMPORT_BYTES,
      onRequest: async (request) => {
        request.caller = await options.authenticate(request, WRITERS)
      },
      schema: {
        summary: 'Import suppliers: CSV or JSON',
        description:
          'CSV in UTF-8 with the header supplier_id,name,phone,language,email,opted_out, separated by "," or ";"; or a JSON list of suppliers. ' +
          'Bad lines are reported and do not stop the good ones; the same import again changes nothing. What is left out stays as it is, and no import takes an opt-out back.',
        tags: ['suppliers'],
        consumes: ['text/csv', 'application/json'],
        querystring: TenantQuerySchema,
        response: {
          200: ImportReportSchema,
          400: ProblemSchema,
          403: ProblemSchema,
          413: ProblemSchema,
          415: ProblemSchema,
          422: ProblemSchema,
        },
      },
    },
    async (request) => {
      const raw = bytesOf(request.body, SEND_IMPORT)
      const csv = isCsv(mediaTypeOf(request.headers['content-type']))
      const entries = csv ? readCsvImport(raw) : readJsonImport(raw)
      const writer = {
        tenantId: tenantOf(request, request.query.tenant_id, options),
        actor: request.caller?.name ?? 'unknown',
        createId: options.createId,
      }
      return importSuppliers(options.database, entries, writer, options.defaultCountry)
    },
  )
}

function isCsv(mediaType: string): boolean {
  return mediaType === 'text/csv' || mediaType === 'application/csv'
}

/** @throws AppError `forbidden` where the key belongs to another tenant than is asked for */
function tenantOf(
  request: FastifyRequest,
  asked: string | undefined,
  { defaultTenantId }: SupplierRouteOptions,
): string {
  const only = request.caller?.tenantId ?? null
  refuseOther(only, asked)
  return only ?? asked?.toLowerCase() ?? defaultTenantId
}

function refuseOther(only: string | null, asked: string | undefined): void {
  if (asked !== undefined && !isUuid(asked)) {
    const detail = 'is not a UUID'
    const remedy = 'Send the UUID of the tenant.'
    throw new AppError('invalid_query', `tenant_id ${detail}. ${remedy}`, {
      errors: [{ field: 'tenant_id', code: 'invalid_format', detail, remedy }],
    })
  }
  if (only !== null && asked !== undefined && asked.toLowerCase() !== only) {
    throw new AppError('forbidden', 'The API key belongs to another tenant than tenant_id says.')
  }
}

function refuseId(id: string): void {
  if (id.trim() !== '' && Array.from(id).length <= 128 && !id.includes('\0')) return
  throw new AppError('validation_failed', 'The supplier_id of the address is not valid.', {
    errors: [
      {
        field: 'supplier_id',
        code: 'invalid_format',
        detail: 'is not 1 to 128 characters',
        remedy: 'Use the id that orders carry in data.supplier_id.',
      },
    ],
  })
}

async function findStorable(
  database: Database,
  tenantId: string,
  id: string,
): Promise<SupplierRow | undefined> {
  return id.includes('\0') ? undefined : findSupplier(database, tenantId, id)
}

function notFound(): AppError {
  return new AppError('not_found', 'There is no supplier with this id.')
}

function viewSupplier(row: SupplierRow): z.infer<typeof SupplierSchema> {
  return {
    supplier_id: row.supplier_id,
    tenant_id: row.tenant_id,
    name: row.name,
    phones: row.phones,
    language: row.language,
    email: row.email,
    opted_out_at: row.opted_out_at?.toISOString() ?? null,
    metadata: (row.metadata ?? null) as Record<string, unknown> | null,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  }
}
