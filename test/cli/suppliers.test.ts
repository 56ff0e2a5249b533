import { describe, expect, it } from 'vitest'
import { run, startService } from './setup.ts'

const SUPPLIER = {
  supplier_id: 's1',
  name: 'Harinas',
  phones: ['+34612345678'],
  language: 'es',
  email: null,
  opted_out_at: null,
}

describe('aviso suppliers', () => {
  it('lists, as a table or as JSON lines', async () => {
    const service = await startService(() => ({ body: { data: [SUPPLIER], next_cursor: null } }))
    const env = { AVISO_URL: service.url, AVISO_API_KEY: 'k' }
    const table = await run(['suppliers'], { env })
    expect(table.code).toBe(0)
    expect(table.out.join('\n')).toMatch(/s1\s+Harinas\s+\+34612345678\s+es/)
    const json = await run(['suppliers', 'list', '--json', '-q', 'har'], { env })
    expect(JSON.parse(json.out[0] ?? '')).toEqual(SUPPLIER)
    expect(service.seen[1]?.query).toMatchObject({ q: 'har' })
  })

  it('creates, opts out and in, deletes', async () => {
    const service = await startService(({ method, body }) => ({
      status: method === 'DELETE' ? 204 : method === 'PUT' && !body.includes('opted') ? 201 : 200,
      ...(method !== 'DELETE' && { body: SUPPLIER }),
    }))
    const env = { AVISO_URL: service.url, AVISO_API_KEY: 'k' }
    const argv = ['--name', 'Harinas', '--phone', '+34612345678', '--language', 'es']
    expect((await run(['suppliers', 'create', 's1', ...argv], { env })).out[0]).toBe(
      'Created: s1 Harinas',
    )
    expect((await run(['suppliers', 'opt-out', 's1'], { env })).out[0]).toContain('Opted out')
    expect((await run(['suppliers', 'delete', 's 1'], { env })).out).toEqual(['Deleted s 1.'])
    expect(service.seen.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'PUT /api/v1/suppliers/s1',
      'GET /api/v1/suppliers/s1',
      'PUT /api/v1/suppliers/s1',
      'DELETE /api/v1/suppliers/s%201',
    ])
    expect(JSON.parse(service.seen[2]?.body ?? '')).toMatchObject({
      ...SUPPLIER,
      opted_out_at: '2026-11-23T12:00:00.000Z',
    })
  })

  it('imports from standard input and fails when a line was rejected', async () => {
    const rejected = [{ line: 3, code: 'invalid_phone', detail: 'phone cannot be read.' }]
    const service = await startService(() => ({
      body: { created: 1, updated: 0, unchanged: 0, rejected },
    }))
    const env = { AVISO_URL: service.url, AVISO_API_KEY: 'k' }
    const ran = await run(['suppliers', 'import', '-'], { env, stdin: 'supplier_id,name\ns1,A\n' })
    expect(ran.code).toBe(1)
    expect(ran.out).toEqual([
      '1 created, 0 updated, 0 unchanged, 1 rejected.',
      '  line 3  invalid_phone: phone cannot be read.',
    ])
    expect(service.seen[0]?.headers['content-type']).toBe('text/csv')
    expect((await run(['suppliers', 'import', 'nowhere.csv'], { env })).code).toBe(2)
  })
})
