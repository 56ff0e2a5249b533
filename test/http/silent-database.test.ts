import { expect, it } from 'vitest'
import { openPostgres } from '../../src/db/postgres.ts'
import { createHttpServer } from '../../src/http/server.ts'
import { createLogger } from '../../src/lib/logger.ts'
import { createDatabase } from '../support/databases.ts'
import { describeWith } from '../support/describe-with.ts'
import { openTcpProxy, through } from '../support/tcp-proxy.ts'

describeWith('postgres', 'a route whose database says nothing any more', (postgres) => {
  it('is answered with 503, whichever statement waited', async () => {
    const { adminUrl, prefix } = postgres()
    const address = await createDatabase(adminUrl, prefix)
    const proxy = await openTcpProxy(() => [Number(new URL(address).port || '5432')])
    const database = openPostgres({
      url: through(proxy, address),
      applicationName: 'aviso test',
      size: 1,
      statementTimeoutMs: 5000,
      answerTimeoutMs: 200,
    })
    const app = await createHttpServer({
      logger: createLogger('silent'),
      version: '0',
      phase: () => 'running',
    })
    app.get('/read', () => database.query('select 1 as one', []))
    expect((await app.inject('/read')).statusCode).toBe(200)
    proxy.freeze()
    const answer = await app.inject('/read')
    expect(answer.json()).toMatchObject({ status: 503, code: 'unavailable' })
    expect(answer.headers['retry-after']).toBe('2')
    proxy.restore()
    await app.close()
    await database.close()
    await proxy.close()
  })
})
