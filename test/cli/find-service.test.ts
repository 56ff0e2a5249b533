import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { findService } from '../../src/cli/find-service.ts'
import { problem, run, startService, temporaryDirectory } from './setup.ts'

async function leaveClientFile(content: object, folder = 'data/sandbox'): Promise<string> {
  const cwd = await temporaryDirectory()
  const directory = path.join(cwd, folder)
  await mkdir(directory, { recursive: true })
  await writeFile(path.join(directory, 'client.json'), JSON.stringify(content))
  return cwd
}

const RUNNING = { url: 'http://127.0.0.1:5555', api_key: 'sandbox-key', pid: process.pid }

describe('where the command line finds the service', () => {
  it('prefers the flag, then the variable, then a running sandbox, then the default', async () => {
    const cwd = await leaveClientFile(RUNNING)
    const env = { AVISO_URL: 'http://127.0.0.1:6666/', AVISO_API_KEY: 'env-key', PORT: '7777' }
    const flags = { url: 'http://127.0.0.1:4444', key: 'flag-key' }
    expect(findService(env, flags, cwd)).toEqual({
      url: 'http://127.0.0.1:4444',
      key: 'flag-key',
      origin: '--url',
    })
    expect(findService(env, {}, cwd)).toMatchObject({
      url: 'http://127.0.0.1:6666',
      key: 'env-key',
    })
    expect(findService({}, {}, cwd)).toMatchObject({ url: RUNNING.url, key: 'sandbox-key' })
    const elsewhere = await temporaryDirectory()
    expect(findService({ PORT: '7777' }, {}, elsewhere)).toEqual({
      url: 'http://127.0.0.1:7777',
      key: null,
      origin: 'the default',
    })
  })

  it('gives the key of the sandbox to the sandbox alone', async () => {
    const cwd = await leaveClientFile(RUNNING)
    expect(findService({ AVISO_URL: 'http://127.0.0.1:6666' }, {}, cwd).key).toBeNull()
    expect(findService({ AVISO_URL: RUNNING.url }, {}, cwd).key).toBe('sandbox-key')
  })

  it('finds a sandbox in another directory', async () => {
    const cwd = await leaveClientFile(RUNNING, 'here')
    expect(findService({}, { dataDir: 'here' }, cwd).url).toBe(RUNNING.url)
  })

  it('prefers a data directory that is named to the variables, and its key goes there', async () => {
    const cwd = await leaveClientFile(RUNNING, 'here')
    const env = { AVISO_URL: 'http://127.0.0.1:6666', AVISO_API_KEY: 'env-key' }
    expect(findService(env, { dataDir: 'here' }, cwd)).toMatchObject({
      url: RUNNING.url,
      key: 'sandbox-key',
    })
    const key = 'flag-key'
    expect(findService(env, { dataDir: 'here', key }, cwd)).toMatchObject({ url: RUNNING.url, key })
    const url = 'http://127.0.0.1:4444'
    expect(findService(env, { dataDir: 'here', url }, cwd)).toMatchObject({ url, key: 'env-key' })
  })

  it.each([[undefined], [{ ...RUNNING, pid: 2 ** 30 }]])(
    'asks no other service where none runs in the data directory that is named: %j',
    async (left) => {
      const service = await startService(() => ({ body: { data: [], next_cursor: null } }))
      const cwd =
        left === undefined ? await temporaryDirectory() : await leaveClientFile(left, 'here')
      const given = { cwd, env: { AVISO_URL: service.url, AVISO_API_KEY: 'env-key' } }
      const { code, out, err } = await run(['messages', '--data-dir', 'here'], given)
      expect({ code, out, seen: service.seen }).toEqual({ code: 1, out: [], seen: [] })
      expect(err).toEqual([expect.stringMatching(/^error: no sandbox runs in here, /)])
      const json = await run(['messages', '--data-dir', 'here', '--json'], given)
      expect(JSON.parse(json.err.join(''))).toMatchObject({ status: 503, code: 'unavailable' })
    },
  )

  it.each([{ ...RUNNING, pid: 2 ** 30 }, { ...RUNNING, url: 'file:///etc/passwd' }, [] as object])(
    'overlooks what a dead sandbox or somebody else left: %j',
    async (content) => {
      const cwd = await leaveClientFile(content)
      expect(findService({}, {}, cwd)).toMatchObject({ url: 'http://127.0.0.1:8080', key: null })
    },
  )

  it('ends with 78 for a malformed variable', async () => {
    const { code, err } = await run(['messages'], { env: { AVISO_URL: 'ftp://x' } })
    expect(code).toBe(78)
    expect(err).toEqual([expect.stringMatching(/^error: AVISO_URL is not an http/)])
  })
})

describe('a service that does not answer as one', () => {
  it('is said in one line with what was tried and how to start it', async () => {
    // Port 9 (discard) is served by nobody.
    const { code, out, err } = await run(['messages'], { env: { PORT: '9' } })
    expect({ code, out }).toEqual({ code: 1, out: [] })
    expect(err).toEqual([
      'error: no service answers at http://127.0.0.1:9 (connection refused; the address is from the default). ' +
        'Start it with npm start (the sandbox) or npx aviso serve, or name another with --url or AVISO_URL.',
    ])
    const json = await run(['messages', '--json'], { env: { PORT: '9' } })
    expect(JSON.parse(json.err.join(''))).toMatchObject({ status: 503, code: 'unavailable' })
  })

  it('is said to be another program', async () => {
    const service = await startService(() => ({
      body: '<html>',
      headers: { 'content-type': 'text/html' },
    }))
    const { code, err } = await run(['messages', '--url', service.url])
    expect(code).toBe(1)
    expect(err).toEqual([expect.stringContaining('is not Aviso: status 200 with text/html')])
  })

  it.each([
    [[], 'asks for an API key'],
    [['--key', 'wrong'], 'does not accept this API key'],
  ])('says what is wrong with the key %j', async (flags, words) => {
    const service = await startService(() => problem(401, 'unauthorized'))
    const { code, err } = await run(['messages', '--url', service.url, ...flags])
    expect(code).toBe(1)
    expect(err).toEqual([expect.stringContaining(words)])
    expect(err[0]).not.toContain('wrong')
  })
})
