import { describe, expect, it } from 'vitest'
import { problem, run, startService } from './setup.ts'

const QUEUED = { id: 'm1\u0007', status: 'PENDING', state: 'queued' }

describe('messages retry, cancel and resolve', () => {
  it.each(['retry', 'cancel'])('asks for %s and says what became of it', async (action) => {
    const service = await startService(() => ({ status: 202, body: QUEUED }))
    const ran = await run(['messages', action, 'a/b', '--url', service.url])
    expect(ran).toEqual({ code: 0, out: ['Message m1 is PENDING (queued).'], err: [] })
    expect(service.seen).toMatchObject([
      { method: 'POST', path: `/api/v1/whatsapp/messages/a%2Fb/${action}`, body: '' },
    ])
    expect(service.seen[0]?.headers['content-type']).toBeUndefined()
  })

  it('says with resolve what became of the message', async () => {
    const service = await startService(() => ({ status: 202, body: QUEUED }))
    await run(['messages', 'resolve', 'm1', '--as', 'not_sent', '--url', service.url])
    expect(service.seen).toMatchObject([
      { path: '/api/v1/whatsapp/messages/m1/resolve', body: '{"as":"not_sent"}' },
    ])
  })

  it.each([[['resolve', 'm1']], [['resolve', 'm1', '--as', 'lost']], [['retry']], [['cancel']]])(
    'asks nothing of the service where the usage is wrong: %j',
    async (argv) => {
      const service = await startService(() => ({ body: QUEUED }))
      expect(await run(['messages', ...argv, '--url', service.url])).toMatchObject({ code: 2 })
      expect(service.seen).toEqual([])
    },
  )

  it('prints the JSON unchanged, wherever --json stands', async () => {
    const raw = '{"id":"1","metadata":{"amount":1234.50}}'
    const service = await startService(() => ({ status: 202, body: raw }))
    const after = await run(['messages', 'retry', '1', '--json', '--url', service.url])
    const before = await run(['messages', '--json', '--url', service.url, 'cancel', '1'])
    expect([after.out, before.out]).toEqual([[raw], [raw]])
  })

  it('ends with 1 and the service’s words where the state does not fit', async () => {
    const service = await startService(() => problem(409, 'invalid_state'))
    const ran = await run(['messages', 'retry', '1', '--url', service.url])
    expect(ran).toEqual({ code: 1, out: [], err: ['error: It is invalid_state.'] })
  })
})
