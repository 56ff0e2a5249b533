/** What is read and changed of an OpenAPI document. */

export type Json = Record<string, unknown>
export interface Operation extends Json {
  parameters?: { in: string; name: string }[]
  requestBody?: { content: Record<string, Json> }
  responses: Record<string, Json & { content?: Record<string, Json> }>
  security?: unknown[]
}
export interface OpenApiDocument extends Json {
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, unknown> } & Json
}
