/** For benches that measure one part by itself: a database of their own, and figures as JSON lines. */

import pg from 'pg'

/** One statement as an administrator: what makes and drops a database. */
export async function administrate(address: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: address })
  await client.connect()
  await client.query(sql)
  await client.end()
}

export function say(line: Record<string, unknown>): void {
  console.log(JSON.stringify(line))
}
