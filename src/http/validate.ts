import type { FastifySchemaCompiler } from 'fastify'
import type { z } from 'zod'
import { AppError } from '../lib/errors.ts'
import type { FieldError } from '../lib/errors.ts'
import { nameFields, oncePerField, schemaFaults } from '../lib/schema-faults.ts'
import { findUnstorable } from '../lib/strict-json.ts'

const PARTS: Record<string, string> = {
  body: 'The body',
  querystring: 'The query',
  params: 'The address',
  headers: 'The headers',
}

/** An address is looked up and not kept: what nothing can be called by is not found. */
const KEPT = new Set(['body', 'querystring'])

/**
 * Checks a part of a request by its zod schema, and that the database can take every text in it, whatever the schema
 * forgets; what is wrong is said in our words, field by field.
 */
export const compileValidator: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  const part = PARTS[httpPart ?? ''] ?? 'The request'
  const code = httpPart === 'body' ? 'validation_failed' : 'invalid_query'
  const isKept = KEPT.has(httpPart ?? '')
  return (value: unknown) => {
    const unstorable = isKept ? findUnstorable(value) : []
    const read = schema.safeParse(value)
    if (read.success && unstorable.length === 0) return { value: read.data }
    const invalid = read.success ? [] : schemaFaults(read.error, value)
    const errors = oncePerField([...unstorable, ...invalid]).map((fault) =>
      httpPart === 'querystring' ? sayRepeated(fault, value) : fault,
    )
    return { error: new AppError(code, `${nameFields(part, errors)}.`, { errors }) }
  }
}

/** What stands in a query more than once comes as a list, which is "not a number" and no help to anybody. */
export function sayRepeated(fault: FieldError, query: unknown): FieldError {
  const given = (query as Record<string, unknown>)[fault.field]
  if (!Array.isArray(given) || fault.code === 'unknown_field') return fault
  const times = given.length === 2 ? 'twice' : `${String(given.length)} times`
  return { ...fault, code: 'wrong_type', detail: `is given ${times}`, remedy: 'Give it once.' }
}
