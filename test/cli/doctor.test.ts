import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { problem, run, startService, temporaryDirectory } from './setup.ts'

const FINE = { name: 'token', result: 'ok', detail: 'valid', remedy: null, guide: null }
const WRONG = {
  name: 'webhook_subscription',
  result: 'failed',
  detail: 'not subscribed',
  remedy: 'Subscribe it.',
  guide: 'docs/setup-guide.md#webhook',
}

describe('doctor', () => {
  it('prints one line a check with what to do, and ends with 1 where one failed', async () => {
    const service = await startService(() => ({ body: { ok: false, checks: [FINE, WRONG] } }))
    const { code, out } = await run(['doctor', '--url', service.url])
    expect(code).toBe(1)
    expect(out).toEqual([
      'ok       token                 valid',
      'failed   webhook_subscription  not subscribed → Subscribe it. (docs/setup-guide.md#webhook)',
    ])
    expect(service.seen[0]).toMatchObject({ method: 'POST', path: '/api/v1/doctor' })
  })

  it('ends with 0 where nothing failed, and prints the service’s own JSON', async () => {
    const report = { ok: true, checks: [FINE] }
    const service = await startService(() => ({ body: report }))
    const { code, out } = await run(['doctor', '--json', '--url', service.url])
    expect({ code, out }).toEqual({ code: 0, out: [JSON.stringify(report)] })
  })

  it('asks for a test message where a number is named, and for none else', async () => {
    const service = await startService(() => ({ body: { ok: true, checks: [FINE] } }))
    await run(['doctor', '--url', service.url, '--send-test', '+34612345678'])
    await run(['doctor', '--url', service.url])
    expect(service.seen.map(({ body }) => body)).toEqual(['{"send_test":"+34612345678"}', ''])
  })

  it('says that a key may not do this, instead of checking from elsewhere', async () => {
    const service = await startService(() => problem(403, 'forbidden'))
    const { code, err } = await run(['doctor', '--url', service.url])
    expect({ code, err }).toEqual({ code: 1, err: [expect.stringContaining('forbidden')] })
  })

  it('says of a named process without the role api what it lacks', async () => {
    const service = await startService(() => problem(404, 'not_found'))
    const { code, err } = await run(['doctor', '--url', service.url])
    expect({ code, err }).toEqual({ code: 1, err: [expect.stringContaining('role api')] })
  })

  it('looks from here where the process here has not the role api', async () => {
    const service = await startService(() => problem(404, 'not_found'))
    const env = { PORT: new URL(service.url).port }
    const { code, err } = await run(['doctor'], { env })
    expect(err.join('\n')).toContain('has not the role api: the checks are made from here')
    expect(err.join('\n')).toContain('WHATSAPP_ACCESS_TOKEN')
    expect(code).toBe(78)
  })

  it('looks from here where no service answers, and makes no database where there is none', async () => {
    const directory = path.join(await temporaryDirectory(), 'data')
    const { code, out, err } = await run(['doctor'], {
      env: {
        PORT: '9',
        AVISO_DATA_DIR: directory,
        WHATSAPP_GRAPH_URL: 'http://127.0.0.1:9',
        WHATSAPP_ACCESS_TOKEN: 'token',
        WHATSAPP_PHONE_NUMBER_ID: '106540352242922',
        WHATSAPP_BUSINESS_ACCOUNT_ID: '102290129340398',
        WHATSAPP_APP_SECRET: 'doctor-app-secret-0123456789',
        WHATSAPP_WEBHOOK_VERIFY_TOKEN: 'doctor-verify',
      },
    })
    expect(code).toBe(1)
    expect(err.join('\n')).toContain('No service answers')
    const found = Object.fromEntries(out.map((line) => [line.slice(9, 31).trim(), line]))
    expect(found['migrations']).toMatch(/^failed .* pending: whatsapp001, /)
    expect(found['templates']).toMatch(/^failed .* Meta could not be reached/)
    for (const name of ['webhook_received', 'supplier_phones']) {
      expect(found[name]).toMatch(/^skipped .* the database is not migrated yet: see migrations$/)
    }
    expect(existsSync(directory)).toBe(false)
  })

  it('does not look from here where the sandbox of a directory that is named does not answer', async () => {
    const cwd = await temporaryDirectory()
    const left = { url: 'http://127.0.0.1:9', api_key: 'k', pid: process.pid }
    await writeFile(path.join(cwd, 'client.json'), JSON.stringify(left))
    const { code, out, err } = await run(['doctor', '--data-dir', '.'], { cwd })
    expect({ code, out }).toEqual({ code: 1, out: [] })
    expect(err).toEqual([expect.stringContaining('no service answers at http://127.0.0.1:9 ')])
  })

  it('takes an empty AVISO_URL for none, and looks from here', async () => {
    for (const AVISO_URL of ['', ' ']) {
      const { code, err } = await run(['doctor'], { env: { PORT: '9', AVISO_URL } })
      expect(err.join('\n')).toContain('No service answers: the checks are made from here')
      expect(code).toBe(78)
    }
  })

  it('asks for the configuration where no service answers and nothing is configured', async () => {
    const { code, err } = await run(['doctor'], { env: { PORT: '9' } })
    expect(code).toBe(78)
    expect(err.join('\n')).toContain('WHATSAPP_ACCESS_TOKEN')
  })
})
