/**
 * Completes the OpenAPI document that the routes' own schemas make: every error with its codes, an
 * example of each body and answer, and components that are named alike and all used.
 */

import { SUCCESS_EXAMPLES } from './openapi-answers.ts'
import { BODIES, TEXT_ANSWERS } from './openapi-bodies.ts'
import type { Json, OpenApiDocument, Operation } from './openapi-document.ts'
import { codesOf } from './openapi-errors.ts'
import type { ErrorCode } from '../lib/errors.ts'
import { createProblem, statusOfCode } from './problem.ts'
import { PROBLEM_WORDS } from './problem-words.ts'

const PROBLEM = 'application/problem+json'
const PROBLEM_SCHEMA = { $ref: '#/components/schemas/Problem' }
const ANSWER_WORDS: Record<string, string> = {
  200: 'Done',
  201: 'Made',
  202: 'Taken, and durable',
  204: 'Done; there is nothing to say',
  503: 'Not available just now',
}

/** @param document as fastify-type-provider-zod makes it; not changed */
export function completeDocument(document: OpenApiDocument): OpenApiDocument {
  const paths = Object.fromEntries(
    Object.entries(document.paths).map(([path, operations]) => [
      path,
      Object.fromEntries(
        Object.entries(operations).map(([method, operation]) => [
          method,
          completeOperation(method, path, operation),
        ]),
      ),
    ]),
  )
  const schemas = { ...document.components.schemas }
  return nameComponents({
    ...document,
    paths,
    components: { ...document.components, schemas, examples: problemExamples() },
  })
}

function completeOperation(method: string, path: string, operation: Operation): Operation {
  const route = `${method.toUpperCase()} ${path}`
  const body = completeBody(route, operation)
  const complete = { ...operation, ...(body !== undefined && { requestBody: body }) }
  return {
    ...complete,
    responses: { ...successesOf(route, operation), ...errorsOf(route, complete) },
  }
}

/** What is taken as bytes has no schema of its own: the table says what it is. */
function completeBody(route: string, { requestBody }: Operation): Operation['requestBody'] {
  const table = BODIES[route]
  if (table === undefined) return requestBody
  const known = requestBody?.content['application/json']?.['schema']
  const content = Object.entries(table).map(([type, { schema, examples }]): [string, Json] => [
    type,
    { schema: schema ?? known ?? {}, examples },
  ])
  return { ...requestBody, content: Object.fromEntries(content) }
}

function successesOf(route: string, { responses }: Operation): Operation['responses'] {
  const text = TEXT_ANSWERS[route]
  const answers = Object.entries(responses).filter(([, { content }]) => !isProblem(content))
  return Object.fromEntries(
    answers.map(([status, answer]) => {
      const description = ANSWER_WORDS[status] ?? String(answer['description'])
      if (text?.status === status) return [status, { description, content: text.content }]
      const content = Object.entries(answer.content ?? {}).map(([type, media]): [string, Json] => {
        const example = SUCCESS_EXAMPLES[nameOf(media['schema'])]
        return [type, { ...media, ...(example !== undefined && { example }) }]
      })
      const more = route.endsWith('/stats') ? (text?.content ?? {}) : {}
      const all = { ...Object.fromEntries(content), ...more }
      return [status, { description, ...(Object.keys(all).length > 0 && { content: all }) }]
    }),
  )
}

function errorsOf(route: string, operation: Operation): Operation['responses'] {
  const byStatus = new Map<number, ErrorCode[]>()
  for (const code of codesOf(route, operation)) {
    // Not acceptable is none of the interface's codes, and still an answer.
    const status = code === 'invalid_request' ? 406 : statusOfCode(code)
    byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  }
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => {
      const refs = codes.map((code) => [code, { $ref: `#/components/examples/${code}` }])
      const content: Record<string, Json> = {
        [PROBLEM]: { schema: PROBLEM_SCHEMA, examples: Object.fromEntries(refs) as Json },
      }
      const own = operation.responses[String(status)]
      // Health answers 503 with its own shape, and with a problem before there is a database.
      if (own?.content !== undefined && !isProblem(own.content)) {
        const [type, media] = Object.entries(own.content)[0] ?? []
        if (type !== undefined && media !== undefined) content[type] = withExample(media)
      }
      return [String(status), { description: codes.join(', '), content }]
    }),
  )
}

function withExample(media: Json): Json {
  const example = SUCCESS_EXAMPLES[nameOf(media['schema'])]
  return { ...media, ...(example !== undefined && { example }) }
}

function isProblem(content: Record<string, Json> | undefined): boolean {
  return Object.values(content ?? {}).some((media) => nameOf(media['schema']) === 'Problem')
}

function nameOf(schema: unknown): string {
  const ref = (schema as { $ref?: string } | undefined)?.$ref ?? ''
  return ref.slice(ref.lastIndexOf('/') + 1)
}

function problemExamples(): Json {
  return Object.fromEntries(
    Object.entries(PROBLEM_WORDS).map(([code, { happened, remedy }]) => {
      const words = `${happened} ${remedy}`.replaceAll('`', '')
      const value = createProblem(
        code as ErrorCode,
        words,
        '6f0f0c7e-2f3c-4c1e-9d0a-3b1f5c1d2e4f',
        code === 'validation_failed' ? [FIELD_ERROR] : [],
      )
      return [code, { summary: value.title, value }]
    }),
  )
}

const FIELD_ERROR = {
  field: 'data.currency',
  code: 'unsupported_value',
  detail: 'is not a currency code of ISO 4217',
  remedy: 'Send three capital letters, such as EUR or USD.',
}

const PREFIX = '#/components/schemas/'

/** A schema that only requests use loses its suffix; what nothing refers to goes. */
function nameComponents(document: OpenApiDocument): OpenApiDocument {
  const { schemas } = document.components
  const used = new Set<string>()
  const follow = (value: unknown): void => {
    for (const name of refsIn(value)) {
      if (used.has(name)) continue
      used.add(name)
      follow(schemas[name])
    }
  }
  follow(document.paths)
  const finalName = (name: string): string => {
    const bare = name.replace(/Input$/, '')
    return used.has(bare) ? name : bare
  }
  // By name: the registry has them in the order in which modules happened to be loaded.
  const kept = Object.entries(schemas)
    .filter(([name]) => used.has(name))
    .sort(([one], [other]) => (one < other ? -1 : 1))
  const named = {
    ...document,
    components: {
      ...document.components,
      schemas: Object.fromEntries(kept.map(([name, schema]) => [finalName(name), schema])),
    },
  }
  return JSON.parse(JSON.stringify(named), (key, value: unknown) =>
    key === '$ref' && typeof value === 'string' && value.startsWith(PREFIX)
      ? PREFIX + finalName(value.slice(PREFIX.length))
      : value,
  ) as OpenApiDocument
}

function refsIn(value: unknown): string[] {
  const found: string[] = []
  JSON.stringify(value, (key, inner: unknown) => {
    if (key === '$ref' && typeof inner === 'string' && inner.startsWith(PREFIX)) {
      found.push(inner.slice(PREFIX.length))
    }
    return inner
  })
  return found
}
