/** A part of a plan, as PostgreSQL's `explain (format json)` gives it. */
export interface PlanNode {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  'Index Cond'?: string
  /** These with what lies below it; where the statement was run, with `buffers` and `wal`. */
  'Shared Hit Blocks'?: number
  'Shared Read Blocks'?: number
  'WAL Bytes'?: number
  'WAL FPI'?: number
  Plans?: PlanNode[]
}

/** It and all below it. */
export function nodesOf(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)]
}
