import { afterEach, expect, it } from 'vitest'
import { openPostgres } from '../../src/db/postgres.ts'
import { describeWith } from '../support/describe-with.ts'

describeWith('postgres', 'a session on PostgreSQL', (postgres) => {
  const opened: { close(): Promise<void> }[] = []
  afterEach(async () => {
    for (const database of opened.splice(0)) await database.close()
  })

  it('has the settings it was opened with, and the options of its address', async () => {
    const url = new URL(postgres().adminUrl)
    url.searchParams.set('options', '-c work_mem=5MB')
    const database = openPostgres({
      url: url.href,
      applicationName: 'aviso test',
      size: 1,
      statementTimeoutMs: 1000,
      session: { 'aviso.publish': 'po.acknowledged,po.rejected' },
    })
    opened.push(database)
    const [row] = await database.query(
      `select current_setting('aviso.publish') as publish, current_setting('work_mem') as memory`,
      [],
    )
    expect(row).toEqual({ publish: 'po.acknowledged,po.rejected', memory: '5MB' })
  })
})
