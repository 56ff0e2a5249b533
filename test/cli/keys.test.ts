import { describe, expect, it } from 'vitest'
import { ROLES } from '../../src/access/api-keys.ts'
import { TENANT } from '../support/orders.ts'
import { problem, run, startService } from './setup.ts'

const KEY = {
  id: 'k1',
  name: 'erp',
  role: 'ingest',
  tenant_id: null,
  prefix: 'av_12',
  created_at: '2026-11-22T09:30:00Z',
  last_used_at: null,
  expires_at: null,
}

describe('keys', () => {
  it('lists keys as a table, or one object a line', async () => {
    const service = await startService(() => ({ body: { data: [KEY], next_cursor: null } }))
    const table = await run(['keys', '--url', service.url])
    expect(table.out).toEqual([
      expect.stringMatching(/^NAME +ROLE +TENANT/),
      expect.stringMatching(/^erp +ingest +all +av_12 .* never +never +k1$/),
    ])
    const json = await run(['keys', 'list', '--json', '--url', service.url])
    expect(json.out).toEqual([JSON.stringify(KEY)])
    expect(service.seen[0]).toMatchObject({ method: 'GET', path: '/api/v1/keys' })
  })

  it('lists every key, however many pages there are', async () => {
    const service = await startService(({ query }) => {
      const isLast = query['cursor'] === 'c1'
      const key = { ...KEY, name: isLast ? 'oldest' : 'newest' }
      return { body: { data: [key], next_cursor: isLast ? null : 'c1' } }
    })
    const { out, err } = await run(['keys', '--json', '--url', service.url])
    expect(out.map((line) => (JSON.parse(line) as typeof KEY).name)).toEqual(['newest', 'oldest'])
    expect(err).toEqual([])
  })

  it('creates a key and shows it once', async () => {
    const service = await startService(() => ({
      status: 201,
      body: { ...KEY, key: 'av_12secret' },
    }))
    const flags = [
      '--name',
      'erp',
      '--role',
      'ingest',
      '--tenant',
      TENANT,
      '--expires',
      '2027-01-01T00:00:00Z',
    ]
    const { code, out, err } = await run(['keys', 'create', ...flags, '--url', service.url])
    expect({ code, out }).toEqual({ code: 0, out: ['API key: av_12secret'] })
    expect(err).toEqual([expect.stringContaining('not shown again')])
    expect(service.seen[0]).toMatchObject({ method: 'POST', path: '/api/v1/keys' })
    expect(JSON.parse(service.seen[0]?.body ?? '')).toEqual({
      name: 'erp',
      role: 'ingest',
      tenant_id: TENANT,
      expires_at: '2027-01-01T00:00:00Z',
    })
  })

  it('takes every role that there is', async () => {
    const service = await startService(() => ({
      status: 201,
      body: { ...KEY, key: 'av_12secret' },
    }))
    for (const role of ROLES) {
      const flags = ['--name', 'erp', '--role', role, '--url', service.url]
      expect((await run(['keys', 'create', ...flags])).code).toBe(0)
    }
  })

  it.each([
    [['--role', 'boss'], /--role.*'boss' is invalid.*admin, operator, viewer, ingest/],
    [['--role', 'admin', '--tenant', 'nope'], /--tenant.*'nope' is invalid.*not a UUID/],
    [['--role', 'admin', '--expires', 'bad'], /--expires.*'bad' is invalid.*no time/],
    [['--role', 'admin', '--expires', '2027-12-31'], /no time with its zone/],
    [['--role', 'admin', '--expires', '2027-02-30T00:00:00Z'], /no time with its zone/],
    [['--role', 'admin', '--expires', '2027-12-31T25:00:00Z'], /no time with its zone/],
  ])('refuses %j as wrong usage, and asks no service', async (flags, words) => {
    const service = await startService(() => ({ status: 201, body: KEY }))
    const argv = ['keys', 'create', '--name', 'erp', ...flags, '--url', service.url]
    const { code, err } = await run(argv)
    expect([code, err]).toEqual([2, [expect.stringMatching(words)]])
    expect(service.seen).toEqual([])
  })

  it('ends with 2 where the service finds an option wrong, as a time that is past', async () => {
    const detail = 'expires_at is in the past. Send a later time.'
    const service = await startService(() => problem(422, 'validation_failed', { detail }))
    const flags = ['--name', 'erp', '--role', 'ingest', '--expires', '2020-01-01T00:00:00+01:00']
    const { code, err } = await run(['keys', 'create', ...flags, '--url', service.url])
    expect([code, err]).toEqual([2, [`error: ${detail}`]])
  })

  it('revokes a key', async () => {
    const service = await startService(() => ({ status: 204 }))
    const { code, out } = await run(['keys', 'revoke', 'k1', '--url', service.url])
    expect({ code, out }).toEqual({
      code: 0,
      out: ['Revoked k1; it takes effect within 5 seconds.'],
    })
    expect(service.seen[0]).toMatchObject({ method: 'DELETE', path: '/api/v1/keys/k1' })
  })
})
