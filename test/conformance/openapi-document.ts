import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { ErrorObject } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { parse } from 'yaml'
import { applyDeviations } from './deviations.ts'
import { at } from './json-pointer.ts'
import type { Json } from './json-pointer.ts'

/** Meta's OpenAPI document, ready to be asked whether a value fits. */
export interface OpenApiDocument {
  title: string
  version: string
  /** What does not fit; empty where all does. */
  checkRequest(method: string, path: string, body: unknown): string[]
  checkAnswer(method: string, path: string, status: number, body: unknown): string[]
  checkSchema(name: string, value: unknown): string[]
  /** Query and header parameters against the document's schemas. */
  checkParameters(method: string, path: string, given: Parameters): string[]
  /** Properties of an answer that the document does not name, as `data[].quality_score`. */
  undeclared(method: string, path: string, status: number, body: unknown): string[]
  /** Deviations that found nothing to change: the document was mended, take them out. */
  readonly unused: string[]
}

export interface Parameters {
  query: URLSearchParams
  headers: Readonly<Record<string, string | undefined>>
}

export function loadOpenApiDocument(file: string): OpenApiDocument {
  const document = parse(readFileSync(file, 'utf8')) as Json
  const unused = applyDeviations(document)
  loosenComposition(document)
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  addFormats.default(ajv)
  // Named in the document, and no format of JSON Schema; the values are strings all the same.
  for (const format of ['int64', 'int32', 'float', 'binary', 'url']) ajv.addFormat(format, true)
  ajv.addSchema(document, 'meta')

  const errorsAt = (pointer: string, value: unknown): string[] => {
    const validate = ajv.getSchema(`meta#${pointer}`)
    if (validate === undefined) return [`the document has nothing at ${pointer}`]
    return validate(value) === true ? [] : (validate.errors ?? []).map(describe)
  }
  const answerPointer = (method: string, path: string, status: number): string =>
    `${operationPointer(method, path)}/responses/${String(status)}/content/application~1json/schema`

  return {
    title: String(at(document, '/info/title')),
    version: String(at(document, '/info/version')),
    checkRequest: (method, path, body) =>
      errorsAt(
        `${operationPointer(method, path)}/requestBody/content/application~1json/schema`,
        body,
      ),
    checkAnswer: (method, path, status, body) =>
      errorsAt(answerPointer(method, path, status), body),
    checkSchema: (name, value) => errorsAt(`/components/schemas/${name}`, value),
    checkParameters(method, path, given) {
      const operation = at(document, operationPointer(method, path)) as { parameters?: Json[] }
      const item = at(document, `/paths/${escape(path)}`) as { parameters?: Json[] }
      // What stands at the path and at the operation both is one parameter.
      const found = [...(item.parameters ?? []), ...(operation.parameters ?? [])]
        .map((parameter) => resolve(document, parameter))
        .flatMap((parameter) => checkParameter(ajv, parameter, given))
      return [...new Set(found)]
    },
    undeclared(method, path, status, body) {
      const schema = at(document, answerPointer(method, path, status)) as Json
      return [...new Set(findUndeclared(document, schema, body, ''))].sort()
    },
    unused,
  }
}

function operationPointer(method: string, path: string): string {
  return `/paths/${escape(path)}/${method.toLowerCase()}`
}

function escape(path: string): string {
  return path
    .replaceAll('~', '~0')
    .replaceAll('/', '~1')
    .replaceAll('{', '%7B')
    .replaceAll('}', '%7D')
}

function describe({ instancePath, message, params }: ErrorObject): string {
  return `${instancePath === '' ? 'the value' : instancePath} ${message ?? ''} ${JSON.stringify(params)}`
}

/**
 * `additionalProperties: false` in one part of an `allOf` forbids what the other parts declare: taken
 * at its word no text message is valid. It is left out there (the document's own samples show the intent).
 */
function loosenComposition(node: unknown): void {
  if (Array.isArray(node)) node.forEach(loosenComposition)
  if (typeof node !== 'object' || node === null) return
  for (const part of 'allOf' in node && Array.isArray(node.allOf) ? (node.allOf as Json[]) : []) {
    if (part['additionalProperties'] === false) delete part['additionalProperties']
  }
  Object.values(node).forEach(loosenComposition)
}

function resolve(document: Json, schema: Json): Json {
  const { $ref: reference } = schema
  if (typeof reference !== 'string') return schema
  return resolve(document, at(document, reference.slice(1)) as Json)
}

function checkParameter(ajv: Ajv2020, parameter: Json, given: Parameters): string[] {
  const name = String(parameter['name'])
  const value =
    parameter['in'] === 'query'
      ? (given.query.get(name) ?? undefined)
      : parameter['in'] === 'header'
        ? given.headers[name.toLowerCase()]
        : undefined
  if (parameter['in'] === 'path') return []
  if (value === undefined) return parameter['required'] === true ? [`${name} is missing`] : []
  const schema = parameter['schema'] as Json
  const typed = schema['type'] === 'integer' ? Number(value) : value
  const validate = ajv.compile(schema)
  return validate(typed)
    ? []
    : (validate.errors ?? []).map((error) => `${name}: ${describe(error)}`)
}

function findUndeclared(document: Json, given: Json, value: unknown, path: string): string[] {
  const schema = resolve(document, given)
  if (Array.isArray(value)) {
    const items = (schema['items'] ?? {}) as Json
    return value.flatMap((item) => findUndeclared(document, items, item, `${path}[]`))
  }
  if (typeof value !== 'object' || value === null) return []
  const declared = declaredProperties(document, schema)
  // A schema without properties says nothing at all.
  if (Object.keys(declared).length === 0) return []
  return Object.entries(value).flatMap(([key, inner]) => {
    const here = path === '' ? key : `${path}.${key}`
    const property = declared[key]
    return property === undefined ? [here] : findUndeclared(document, property, inner, here)
  })
}

function declaredProperties(document: Json, given: Json): Record<string, Json> {
  const schema = resolve(document, given)
  const parts = ['allOf', 'oneOf', 'anyOf'].flatMap((key) => (schema[key] ?? []) as Json[])
  const inner = parts.map((part) => declaredProperties(document, part))
  return Object.assign({}, ...inner, schema['properties'] ?? {}) as Record<string, Json>
}
