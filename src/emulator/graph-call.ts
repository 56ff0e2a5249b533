import type { IncomingHttpHeaders } from 'node:http'
import type { Refusal } from './refusal.ts'

/** A request to the Graph API with its path taken apart. */
export interface GraphCall {
  method: string
  /** Major version it is served by, e.g. 25. */
  version: number
  /** First part after the version: a node's id, or a name like `debug_token`. */
  node: string
  /** Second part; empty where there is none. */
  edge: string
  query: URLSearchParams
  headers: IncomingHttpHeaders
  body: Buffer
  /** `http://127.0.0.1:4000`, as the caller knows it. */
  origin: string
}

/** What goes back: an answer, a refusal, or one of the ways in which an answer fails to come. */
export type GraphAnswer =
  | { kind: 'json'; status?: number; body: unknown }
  | { kind: 'bytes'; status: number; contentType: string; bytes: Buffer }
  | { kind: 'refused'; refusal: Refusal }
  | { kind: 'cut' }
  | { kind: 'hang' }

export function answerJson(body: unknown): GraphAnswer {
  return { kind: 'json', body }
}

export function answerRefusal(refusal: Refusal): GraphAnswer {
  return { kind: 'refused', refusal }
}
