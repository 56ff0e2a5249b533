import type { FastifySchemaCompiler } from 'fastify'
import type { z } from 'zod'
import { AppError } from '../lib/errors.ts'
import { nameFields, oncePerField, schemaFaults } from '../lib/schema-faults.ts'

const PARTS: Record<string, string> = {
  body: 'The body',
  querystring: 'The query',
  params: 'The address',
  headers: 'The headers',
}

/** Checks a part of a request by its zod schema; what is wrong is said in our words, field by field. */
export const compileValidator: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  const part = PARTS[httpPart ?? ''] ?? 'The request'
  const code = httpPart === 'body' ? 'validation_failed' : 'invalid_query'
  return (value: unknown) => {
    const read = schema.safeParse(value)
    if (read.success) return { value: read.data }
    const errors = oncePerField(schemaFaults(read.error, value))
    return { error: new AppError(code, `${nameFields(part, errors)}.`, { errors }) }
  }
}
