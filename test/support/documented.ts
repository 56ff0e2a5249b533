import { Ajv2020 } from 'ajv/dist/2020.js'
import type { ValidateFunction } from 'ajv/dist/2020.js'

interface Media {
  schema?: unknown
  example?: unknown
  examples?: Record<string, { value?: unknown; $ref?: string }>
}
export interface DocumentedOperation {
  requestBody?: { content: Record<string, Media> }
  responses: Record<string, { content?: Record<string, Media> }>
}
export interface ApiDocument {
  paths: Record<string, Record<string, DocumentedOperation>>
  components: {
    schemas: Record<string, unknown>
    examples: Record<string, { value: { code: string; status: number } }>
  }
}
export interface Given {
  method: string
  path: string
  status: number
  type: string
  body: unknown
}

/** An OpenAPI document that answers are held against. */
export interface Documented {
  document: ApiDocument
  /** What is wrong with a value by a schema of the document; empty: nothing. */
  faultsOf: (schema: unknown, value: unknown) => string[]
  /** In what an answer differs from what its route promises; undefined: in nothing. */
  differenceOf: (given: Given) => string | undefined
}

export async function readDocumented(url: string): Promise<Documented> {
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as ApiDocument
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true })
  ajv.addSchema(document, 'openapi.json')
  const compiled = new Map<string, ValidateFunction>()
  const faultsOf = (schema: unknown, value: unknown): string[] => {
    const text = JSON.stringify(schema).replaceAll('"#/', '"openapi.json#/')
    const validate = compiled.get(text) ?? ajv.compile(JSON.parse(text) as object)
    compiled.set(text, validate)
    if (validate(value)) return []
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) =>
        `${instancePath} ${message ?? ''} ${JSON.stringify(params)}`,
    )
  }
  const routes = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      method: method.toUpperCase(),
      pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
      literals: path.replaceAll(/\{\w+\}/g, '').length,
      operation,
    })),
  )
  routes.sort((a, b) => b.literals - a.literals)
  return {
    document,
    faultsOf,
    differenceOf: ({ method, path, status, type, body }) => {
      const address = path.split('?', 1)[0] ?? ''
      const route = routes.find((one) => one.method === method && one.pattern.test(address))
      if (route === undefined) return undefined
      const answer = route.operation.responses[String(status)]
      const what = `${method} ${address} answered ${String(status)}`
      if (answer === undefined) return `${what}, which is not in the document`
      if (type === '') return undefined
      const media = answer.content?.[type]
      if (media === undefined) return `${what} as ${type}, which is not in the document`
      const code = type === 'application/problem+json' ? (body as { code: string }).code : undefined
      if (code !== undefined && media.examples?.[code] === undefined) {
        return `${what} with ${code}, which is not in the document`
      }
      const faults = type.includes('json') ? faultsOf(media.schema ?? {}, body) : []
      return faults.length === 0 ? undefined : `${what}: ${faults.join('; ')}`
    },
  }
}
