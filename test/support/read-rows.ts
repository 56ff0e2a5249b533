import type { RowList } from '../../src/db/row-list.ts'

/** The rows of a parameter, for who answers in a database's place. */
export function readRows<Row>({ columns }: RowList<Row>, parameter: unknown): Row[] {
  return (JSON.parse(String(parameter)) as unknown[][]).map(
    (values) => Object.fromEntries(columns.map((column, at) => [column, values[at]])) as Row,
  )
}
