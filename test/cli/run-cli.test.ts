import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { AppError } from '../../src/lib/errors.ts'
import { run, temporaryDirectory } from './setup.ts'

const service = vi.hoisted(() => ({ runServe: vi.fn(), runMigrate: vi.fn() }))
const sandbox = vi.hoisted(() => ({ runSandbox: vi.fn() }))
vi.mock('../../src/run-service.ts', () => service)
vi.mock('../../src/sandbox/sandbox.ts', () => sandbox)

const REQUIRED = {
  WHATSAPP_ACCESS_TOKEN: 'token',
  WHATSAPP_PHONE_NUMBER_ID: '1',
  WHATSAPP_BUSINESS_ACCOUNT_ID: '2',
  WHATSAPP_APP_SECRET: 's'.repeat(32),
  WHATSAPP_WEBHOOK_VERIFY_TOKEN: 'word',
}

describe('the command line', () => {
  it('lists its commands and ends with 2 when it is asked for nothing', async () => {
    const { code, out, err } = await run([])
    expect({ code, out }).toEqual({ code: 2, out: [] })
    const words = ['serve', 'sandbox', 'emulator', 'migrate', 'publish', 'messages', 'keys']
    for (const word of words) expect(err.join('\n')).toContain(`  ${word}`)
  })

  it('shows help and version with 0', async () => {
    const help = await run(['--help'])
    expect(help.code).toBe(0)
    expect(help.out.join('\n')).toContain('Exit codes')
    const version = await run(['--version'])
    expect(version).toEqual({ code: 0, out: [expect.stringMatching(/^\d+\.\d+\.\d+$/)], err: [] })
  })

  it('refuses an unknown command with 2 and one line that helps', async () => {
    const { code, err } = await run(['mesages'])
    expect(code).toBe(2)
    expect(err).toEqual([
      "error: unknown command 'mesages' (Did you mean messages?) See aviso --help.",
    ])
  })

  it.each([
    [['messages', '--limit', 'many']],
    [['messages', '--nonsense']],
    [['messages', 'show']],
    [['publish']],
    [['keys', 'create', '--name', 'x']],
    [['sandbox', '--port', '99999']],
    [['serve', '--roles', 'mailer']],
    [['messages', '--url', 'nowhere']],
    [['publish', 'no-such-file.json']],
    [['send', '--to', '+34612345678', '--text', 'x', '--tenant', 'nope']],
    [['bulk', '-', '--tenant', 'nope']],
    [['suppliers', '--tenant', 'nope']],
    [['stats', '--tenant', 'nope']],
    [['keys', 'create', '--name', 'x', '--role', 'viewer', '--expires', 'bad']],
  ])('ends with 2 for the wrong usage %j', async (argv) => {
    const { code, out, err } = await run(argv)
    expect({ code, out }).toEqual({ code: 2, out: [] })
    expect(err.length).toBeGreaterThan(0)
  })

  it('says a wrong usage as a problem where JSON is asked for', async () => {
    const { code, err } = await run(['messages', '--json', '--nonsense'])
    expect(code).toBe(2)
    expect(JSON.parse(err.join(''))).toMatchObject({
      code: 'invalid_query',
      detail: expect.stringContaining('--nonsense') as string,
      errors: [],
    })
  })

  it('lists every variable of the service in its help', async () => {
    const { code, out } = await run(['serve', '--help'])
    expect(code).toBe(0)
    const help = out.join('\n')
    for (const name of [
      'WHATSAPP_ACCESS_TOKEN',
      'AVISO_MAX_MPS',
      'LOG_LEVEL',
      'WHATSAPP_API_KEY',
    ]) {
      expect(help).toContain(name)
    }
  })
})

describe('serve', () => {
  it('prints one line for each problem and nothing else, and ends with 78', async () => {
    const { code, out, err } = await run(['serve'], { env: { PORT: 'x' } })
    expect({ code, out }).toEqual({ code: 78, out: [] })
    expect(err).toHaveLength(6)
    expect(service.runServe).not.toHaveBeenCalled()
  })

  it('warns, runs the service with what it read, and ends as that ends', async () => {
    service.runServe.mockResolvedValueOnce(78)
    const cwd = await temporaryDirectory()
    await writeFile(path.join(cwd, '.env'), 'PORT=7777\nWHATSAPP_API_KEY=old\n')
    const { code, err } = await run(['serve', '--roles', 'api,webhook'], {
      cwd,
      env: { ...REQUIRED, DATABASE_URL: 'postgres://db/aviso' },
    })
    expect(code).toBe(78)
    expect(err).toEqual([expect.stringMatching(/^warning: WHATSAPP_API_KEY is deprecated/)])
    expect(service.runServe).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({
        roles: ['api', 'webhook'],
        http: expect.objectContaining({ port: 7777 }) as object,
      }),
      expect.objectContaining({ isTerminal: false }),
    )
  })

  it('says in one line what a start throws as configuration, and ends with 78', async () => {
    service.runServe.mockRejectedValueOnce(
      new AppError('configuration', 'port 8080 is in use; set another PORT'),
    )
    const { code, err } = await run(['serve'], { env: REQUIRED })
    expect({ code, err }).toEqual({
      code: 78,
      err: ['error: port 8080 is in use; set another PORT'],
    })
  })

  it('ends with 78 when .env cannot be read', async () => {
    const { code, err } = await run(['serve'], { cwd: '/dev/null' })
    expect(code).toBe(78)
    expect(err).toEqual([expect.stringContaining('/dev/null/.env cannot be read')])
  })
})

describe('sandbox', () => {
  it('says in one line what it does not read, and runs without it', async () => {
    sandbox.runSandbox.mockResolvedValueOnce(0)
    const { code, err } = await run(['sandbox', '--port', '0', '--no-examples'], {
      env: { ...REQUIRED, AVISO_ADMIN_KEY: 'k'.repeat(32) },
    })
    expect(code).toBe(0)
    expect(err).toHaveLength(1)
    for (const name of Object.keys(REQUIRED)) expect(err[0]).toContain(name)
    expect(err[0]).toContain('AVISO_ADMIN_KEY')
    expect(sandbox.runSandbox).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ examples: false, adminKey: null, emulatorPort: 0 }),
      expect.anything(),
    )
  })
})

describe('migrate', () => {
  it('needs the database alone and passes the exit code on', async () => {
    service.runMigrate.mockResolvedValueOnce(1)
    const env = { DATABASE_URL: 'postgres://db/aviso', PORT: 'x' }
    expect(await run(['migrate', 'status'], { env })).toEqual({ code: 1, out: [], err: [] })
    expect(service.runMigrate).toHaveBeenLastCalledWith(
      { kind: 'postgres', url: 'postgres://db/aviso' },
      'status',
      expect.anything(),
    )
    service.runMigrate.mockResolvedValueOnce(0)
    expect((await run(['migrate'], { env })).code).toBe(0)
    expect(service.runMigrate).toHaveBeenLastCalledWith(expect.anything(), 'up', expect.anything())
  })
})
