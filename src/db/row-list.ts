/**
 * Rows as one parameter of a statement: JSON arrays, the columns by position. PostgreSQL reads an order of 22
 * columns in 13 µs instead of the 21 that `jsonb_to_recordset` takes for objects, and 300 bytes less go to it.
 * That counts on an order's way; elsewhere objects are easier to read.
 */
export interface RowList<Row> {
  /** In the order of the parameter's values. */
  readonly columns: readonly (keyof Row & string)[]
  /** SQL of the rows, for a `from`. @param parameter such as `$1` */
  from(parameter: string): string
  /** The parameter. What a row leaves out is null. */
  write(rows: readonly Row[]): string
}

/** @param types SQL type of each column; of `jsonb`, JSON's null is SQL's */
export function rowList<Row>(types: {
  readonly [Column in keyof Required<Row>]: string
}): RowList<Row> {
  const columns = Object.keys(types) as (keyof Row & string)[]
  const selected = columns.map((column, at) => {
    const type = types[column]
    if (type === 'jsonb') return `nullif(e -> ${String(at)}, 'null') as ${column}`
    return type === 'text'
      ? `e ->> ${String(at)} as ${column}`
      : `(e ->> ${String(at)})::${type} as ${column}`
  })
  return {
    columns,
    from: (parameter) =>
      `(select ${selected.join(', ')} from jsonb_array_elements(${parameter}::jsonb) as e)`,
    write: (rows) => JSON.stringify(rows.map((row) => columns.map((column) => row[column]))),
  }
}
