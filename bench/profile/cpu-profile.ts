/** Where a process spent its time, from a V8 CPU profile: by owner of the code and by function. */

import { readFileSync } from 'node:fs'

interface Node {
  id: number
  callFrame: { functionName: string; url: string; lineNumber: number }
  hitCount?: number
  children?: number[]
}
interface Profile {
  nodes: Node[]
  samples: number[]
  timeDeltas: number[]
}

export interface Share {
  name: string
  /** Microseconds an order. */
  us: number
  /** Of the busy time. */
  share: number
}

export interface CpuProfile {
  /** Idle time is left out. */
  busyUs: number
  /** Self time by package, by folder of ours, by part of Node. */
  owners: Share[]
  functions: Share[]
  /** Time in a function of ours and in all it called, outermost call only. */
  inclusive: Share[]
}

const IDLE = new Set(['(idle)', '(program)', '(root)'])

export function readCpuProfile(file: string, orders: number): CpuProfile {
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(file, 'utf8')) as Profile
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const parents = new Map(
    nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node.id] as const)),
  )
  const selfUs = new Map<number, number>()
  samples.forEach((id, index) => {
    selfUs.set(id, (selfUs.get(id) ?? 0) + (timeDeltas[index] ?? 0))
  })
  const owners = new Map<string, number>()
  const functions = new Map<string, number>()
  const inclusive = new Map<string, number>()
  let busyUs = 0
  for (const [id, us] of selfUs) {
    const node = byId.get(id)
    if (node === undefined || IDLE.has(node.callFrame.functionName)) continue
    busyUs += us
    add(owners, ownerOf(node), us)
    add(functions, nameOf(node), us)
    const seen = new Set<string>()
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
      const above = byId.get(at)
      if (above === undefined || !isOurs(above)) continue
      const name = nameOf(above)
      if (!seen.has(name)) add(inclusive, name, us)
      seen.add(name)
    }
  }
  const sorted = (times: Map<string, number>): Share[] =>
    [...times]
      .map(([name, us]) => ({ name, us: us / orders, share: us / busyUs }))
      .sort((a, b) => b.us - a.us)
  return {
    busyUs: busyUs / orders,
    owners: sorted(owners),
    functions: sorted(functions),
    inclusive: sorted(inclusive),
  }
}

function add(times: Map<string, number>, name: string, us: number): void {
  times.set(name, (times.get(name) ?? 0) + us)
}

function isOurs({ callFrame: { url } }: Node): boolean {
  return url.includes('/dist/')
}

function ownerOf({ callFrame: { url, functionName } }: Node): string {
  if (functionName === '(garbage collector)') return 'garbage collection'
  const module = /\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1]
  if (module !== undefined) return module
  const ours = /\/dist\/([^/]+)/.exec(url)?.[1]
  if (ours !== undefined) return `aviso: ${ours}`
  if (url.startsWith('node:')) return url.split('/').slice(0, 3).join('/')
  return url === '' ? `native: ${functionName}` : url
}

function nameOf({ callFrame: { url, functionName, lineNumber } }: Node): string {
  const place = url.replace(/^.*\/(node_modules|dist)\//, (_all, kind: string) =>
    kind === 'dist' ? 'aviso/' : '',
  )
  return `${functionName || '(anonymous)'} ${place}${url === '' ? '' : `:${lineNumber + 1}`}`
}
