import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { problem, run, startService, temporaryDirectory } from './setup.ts'
import type { FakeAnswer, SeenRequest } from './setup.ts'

function event(id: string, orderId = id): Record<string, unknown> {
  return { event_id: id, event_type: 'po.approved', data: { po_id: orderId } }
}

function accept(request: SeenRequest): FakeAnswer {
  const { event_id: id } = JSON.parse(request.body) as { event_id: string }
  return { status: 202, body: { message_id: `m-${id}`, status: 'PENDING', duplicate: false } }
}

describe('publish', () => {
  it('publishes a document, an array and JSON lines, from a file or standard input', async () => {
    const service = await startService(accept)
    const env = { AVISO_URL: service.url, AVISO_API_KEY: 'key-1' }
    const cwd = await temporaryDirectory()
    await writeFile(path.join(cwd, 'one.json'), `\ufeff${JSON.stringify(event('a'), null, 2)}`)
    const one = await run(['publish', 'one.json'], { env, cwd })
    const array = JSON.stringify([event('b'), event('c')])
    const many = await run(['publish', '-'], { env, stdin: array })
    const lines = `${JSON.stringify(event('d'))}\r\n\n${JSON.stringify(event('e'))}`
    const last = await run(['publish', '-'], { env, stdin: lines })
    expect([one, many, last].map(({ code, err }) => [code, err])).toEqual([
      [0, []],
      [0, []],
      [0, []],
    ])
    expect([...one.out, ...many.out, ...last.out]).toEqual(
      ['a', 'b', 'c', 'd', 'e'].map((id) => `accepted   ${id}  message m-${id} PENDING`),
    )
    for (const request of service.seen) {
      expect(request).toMatchObject({ method: 'POST', path: '/api/v1/events' })
      expect(request.headers).toMatchObject({
        authorization: 'Bearer key-1',
        'content-type': 'application/json',
      })
    }
  })

  it('hands an event over as it is written, digits and repeated keys included', async () => {
    const service = await startService(() => ({ status: 202, body: {} }))
    const raw =
      '{"event_id":"a","data":{"total_amount":1234.50,"n":12345678901234567890,"x":1,"x":2}}'
    await run(['publish', '-'], { env: { AVISO_URL: service.url }, stdin: ` [ ${raw} , ${raw}]` })
    await run(['publish', '-'], { env: { AVISO_URL: service.url }, stdin: `${raw}\n` })
    expect(service.seen.map((request) => request.body.trim())).toEqual([raw, raw, raw])
  })

  it('says of each event whether it was accepted, known, in conflict or refused, and why', async () => {
    const errors = [
      {
        field: 'data.currency',
        code: 'invalid',
        detail: 'XXY is no currency',
        remedy: 'Use ISO 4217.',
      },
      { field: 'data.total_amount', code: 'missing', detail: 'it is missing', remedy: 'Send it.' },
    ]
    const answers: Record<string, FakeAnswer> = {
      new: { status: 202, body: { message_id: 'm1', status: 'PENDING', duplicate: false } },
      known: { status: 202, body: { message_id: 'm1', status: 'READ', duplicate: true } },
      changed: problem(409, 'conflict', { message_id: 'm1' }),
      broken: problem(422, 'validation_failed', { errors }),
    }
    const service = await startService(
      ({ body }) => answers[(JSON.parse(body) as { event_id: string }).event_id] ?? {},
    )
    const stdin = JSON.stringify(Object.keys(answers).map((id) => event(id)))
    const { code, out } = await run(['publish', '-', '--url', service.url], { stdin })
    expect(code).toBe(1)
    expect(out).toEqual([
      'accepted   new  message m1 PENDING',
      'duplicate  known  message m1 READ',
      'conflict   changed: It is conflict.',
      'refused    broken: It is validation_failed.',
      '             data.currency: XXY is no currency. Use ISO 4217.',
      '             data.total_amount: it is missing. Send it.',
    ])
  })

  it('names a bad line by its number and publishes the good ones', async () => {
    const service = await startService(accept)
    const stdin = Buffer.concat([
      Buffer.from(`${JSON.stringify(event('a'))}\n{"event_id": "b",\n\n`),
      Buffer.from([0xff, 0xfe, 0x0a]),
      Buffer.from(JSON.stringify(event('c'))),
    ])
    const { code, out } = await run(['publish', '-', '--url', service.url], { stdin })
    expect(code).toBe(1)
    expect(out).toEqual([
      'accepted   a  message m-a PENDING',
      expect.stringMatching(/^refused {4}line 2: it is not JSON/),
      'refused    line 4: it is not UTF-8',
      'accepted   c  message m-c PENDING',
    ])
  })

  it('does not take a broken document for lines', async () => {
    const service = await startService(accept)
    const stdin = `${JSON.stringify({ data: { items: [{ name: 'x' }] } }, null, 2).slice(0, -1)},`
    const { code, out } = await run(['publish', '-', '--url', service.url], { stdin })
    expect(code).toBe(1)
    expect(out).toEqual([expect.stringMatching(/^refused {4}the file: it is not JSON/)])
    expect(service.seen).toEqual([])
  })

  it('prints one line of JSON an event with --json, and each problem as an error', async () => {
    const service = await startService((request) => {
      if (request.body.includes('"bad"')) return problem(422, 'validation_failed')
      if (!request.body.includes('"known"')) return accept(request)
      return problem(409, 'conflict', { message_id: 'm-first' })
    })
    const events = [event('a'), 'nonsense', event('bad'), event('known')]
    const stdin = events
      .map((each) => (typeof each === 'string' ? each : JSON.stringify(each)))
      .join('\n')
    const { code, out, err } = await run(['publish', '-', '--json', '--url', service.url], {
      stdin,
    })
    expect(code).toBe(1)
    expect(out.map((line) => JSON.parse(line) as unknown)).toEqual([
      { message_id: 'm-a', status: 'PENDING', duplicate: false },
      { event_id: null, accepted: false, code: 'invalid_json', message_id: null },
      { event_id: 'bad', accepted: false, code: 'validation_failed', message_id: null },
      { event_id: 'known', accepted: false, code: 'conflict', message_id: 'm-first' },
    ])
    expect(err.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { code: 'invalid_json', status: 400, detail: expect.stringContaining('line 2') as string },
      { code: 'validation_failed', status: 422, request_id: 'r1' },
      { code: 'conflict', status: 409, message_id: 'm-first' },
    ])
  })

  it('keeps the order of the events of one purchase order, and works on others meanwhile', async () => {
    const arrived: string[] = []
    const answered: string[] = []
    const releases: (() => void)[] = []
    const service = await startService(async (request) => {
      const { event_id: id } = JSON.parse(request.body) as { event_id: string }
      arrived.push(id)
      if (id === 'x1') await new Promise<void>((resolve) => releases.push(resolve))
      if (id === 'other') releases.forEach((release) => release())
      answered.push(id)
      return accept(request)
    })
    const events = [event('x1', 'x'), event('x2', 'x'), event('x3', 'x'), event('other', 'y')]
    const stdin = JSON.stringify(events)
    const { code, out } = await run(['publish', '-', '--url', service.url], { stdin })
    expect(code).toBe(0)
    expect(arrived.filter((id) => id.startsWith('x'))).toEqual(['x1', 'x2', 'x3'])
    expect(answered[0]).toBe('other')
    expect(out.map((line) => line.split(/ +/)[1])).toEqual(['x1', 'x2', 'x3', 'other'])
  })

  it('asks a busy service again', async () => {
    let tries = 0
    const service = await startService((request) => {
      tries += 1
      if (tries > 2) return accept(request)
      return { ...problem(503, 'unavailable'), headers: { 'retry-after': '0' } }
    })
    const { code, out } = await run(['publish', '-', '--url', service.url], {
      stdin: JSON.stringify(event('a')),
    })
    expect({ code, out, tries }).toEqual({
      code: 0,
      out: ['accepted   a  message m-a PENDING'],
      tries: 3,
    })
  })

  it('stops at a service that is in trouble, and says that the file may be published again', async () => {
    const service = await startService((request) =>
      request.body.includes('"b"')
        ? { ...problem(503, 'unavailable'), headers: { 'retry-after': '0' } }
        : accept(request),
    )
    const events = [event('a', 'same'), event('b', 'same'), event('c', 'same')]
    const { code, out, err } = await run(['publish', '-', '--url', service.url], {
      stdin: JSON.stringify(events),
    })
    expect(code).toBe(1)
    expect(out).toEqual(['accepted   a  message m-a PENDING'])
    expect(err).toEqual([expect.stringContaining('1 of 3 events')])
    expect(service.seen.filter((request) => request.body.includes('"c"'))).toEqual([])
  })

  it('lets no answer move the cursor', async () => {
    const evil = '\u001b[2J\u009b31mgreen\u0007\r\nPO'
    const service = await startService(() => problem(422, 'validation_failed', { detail: evil }))
    const { out } = await run(['publish', '-', '--url', service.url], {
      stdin: JSON.stringify(event(`id${evil}`)),
    })
    expect(out).toHaveLength(1)
    expect(out[0]).not.toMatch(/\p{Cc}/u)
    const json = await run(['publish', '-', '--json', '--url', service.url], {
      stdin: JSON.stringify(event('a')),
    })
    expect(json.err[0]).not.toMatch(/\p{Cc}/u)
    expect(JSON.parse(json.err[0] ?? '')).toMatchObject({ detail: evil })
  })

  it.each([
    ['publish', '.'],
    ['bulk', '.'],
    ['suppliers', 'import', '.'],
  ])('says of a directory that it is one, and what to give: %j', async (...argv) => {
    const { code, err } = await run([...argv, '--url', 'http://127.0.0.1:9'])
    const words = 'error: .: it is a directory. Give a file in it, or - for standard input.'
    expect({ code, err }).toEqual({ code: 2, err: [words] })
  })

  it('says that there is no event in an empty file', async () => {
    const { code, err } = await run(['publish', '-', '--url', 'http://127.0.0.1:9'], {
      stdin: '[]',
    })
    expect({ code, err }).toEqual({ code: 1, err: ['error: there is no event in standard input.'] })
  })
})
