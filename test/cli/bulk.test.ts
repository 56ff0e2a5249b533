import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nextRecipient } from '../support/messages.ts'
import { openAnyMigrated } from '../support/migrated-database.ts'
import { templateRequest } from '../support/requests.ts'
import { ADMIN_KEY } from '../support/test-config.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'
import { problem, run, startService, temporaryDirectory } from './setup.ts'
import type { Ran, SeenRequest, Surroundings } from './setup.ts'

const NEVER = () => new Promise<void>(() => undefined)
const BULK = '/api/v1/whatsapp/messages/bulk'
const ID = /[0-9a-f]{8}-[0-9a-f-]{27}/

/** A command whose person waits; `files` are there when it begins. */
async function bulk(
  url: string,
  argv: string[],
  files: Record<string, string> = {},
  given: Surroundings = {},
): Promise<Ran & { cwd: string }> {
  const cwd = given.cwd ?? (await temporaryDirectory())
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(cwd, name), text)
  const ran = await run(['bulk', ...argv, '--url', url, '--key', ADMIN_KEY], {
    ...given,
    cwd,
    io: { untilStopped: NEVER, ...given.io },
  })
  return { ...ran, cwd }
}
const idIn = (lines: string[]): string => ID.exec(lines.join('\n'))?.[0] ?? ''
const csvOf = (recipients: string[]) =>
  `to;template;language;param_1;param_2;param_3;route\n${recipients
    .map((to) => `${to};po_notification;es;Harinas del Sur;PO-1;1.234,50 €;7\n`)
    .join('')}`
const linesOf = (count: number) =>
  Array.from({ length: count }, () =>
    JSON.stringify(templateRequest({ to: nextRecipient() })),
  ).join('\n')

describe('aviso bulk, against a service', () => {
  let world: World
  let send: (
    argv: string[],
    files?: Record<string, string>,
    given?: Surroundings,
  ) => ReturnType<typeof bulk>
  beforeAll(async () => {
    world = await openWorld(await openAnyMigrated())
    send = (...given) => bulk(world.app.url, ...given)
  })
  afterAll(() => world.close())

  const messagesOf = async (id: string) =>
    (await world.get(`/api/v1/whatsapp/messages?batch_id=${id}&limit=200`))['data'] as Record<
      string,
      unknown
    >[]

  it('sends each line of a CSV once, follows it to the phone, and ends with 0', async () => {
    const recipients = [nextRecipient(), nextRecipient(), nextRecipient()]
    const { code, out, err } = await send(['a.csv'], { 'a.csv': csvOf(recipients) })
    expect([code, err]).toEqual([0, []])
    expect(out[0]).toMatch(/^Batch [0-9a-f-]{36}: 3 messages\.$/)
    expect(out.at(-1)).toMatch(/^3 messages: .*(read|delivered)/)
    const rows = await messagesOf(idIn(out))
    expect(rows.map((row) => row['recipient_phone']).sort()).toEqual([...recipients].sort())
    expect(rows[0]).toMatchObject({
      template_name: 'po_notification',
      template_language: 'es',
      template_parameters: ['Harinas del Sur', 'PO-1', '1.234,50 €'],
      metadata: { route: '7' },
    })
  })

  it('makes nothing twice when it is run again, and once more with a word', async () => {
    const to = nextRecipient()
    const file = { 'a.csv': csvOf([to]) }
    const first = await send(['a.csv', '--no-follow'], file)
    const again = await send(['--no-follow', 'b.csv'], { 'b.csv': `\uFEFF${csvOf([to])}` })
    expect([again.code, idIn(again.out)]).toEqual([0, idIn(first.out)])
    expect(again.out[0]).toContain('queued by an earlier run of this file, nothing was added')
    const purpose = await send(['a.csv', '--again', 'tuesday', '--no-follow'], file)
    const twice = await send(['a.csv', '--again', 'tuesday', '--no-follow'], file)
    expect(idIn(purpose.out)).not.toBe(idIn(first.out))
    expect(idIn(twice.out)).toBe(idIn(purpose.out))
    const sent = await world.get(
      `/api/v1/whatsapp/messages?recipient_phone=${encodeURIComponent(to)}`,
    )
    expect(sent['data']).toHaveLength(2)
  })

  it('says so when the same file comes with other settings, and sends nothing', async () => {
    const file = { 'a.csv': csvOf([nextRecipient()]) }
    await send(['a.csv', '--no-follow', '--rate-per-second', '5'], file)
    const { code, err } = await send(['a.csv'], file)
    expect([code, err[0]]).toEqual([1, expect.stringMatching(/--rate-per-second.*--again/)])
  })

  it('counts and names every bad line by its place in the file, sends the good ones, and ends with 1', async () => {
    const text = [
      templateRequest({ to: nextRecipient() }),
      '{"to":',
      '',
      templateRequest({ to: 'nobody' }),
      templateRequest({ to: nextRecipient(), template: { name: 'none', parameters: [] } }),
      templateRequest({ to: nextRecipient() }),
    ].map((line) => (typeof line === 'string' ? line : JSON.stringify(line)))
    const { code, out, cwd } = await send(['a.jsonl', '--rejected-to', 'bad.jsonl'], {
      'a.jsonl': text.join('\n'),
    })
    expect(code).toBe(1)
    expect(out[0]).toMatch(/: 2 messages\.$/)
    expect(out.slice(1, 5)).toEqual([
      '3 lines were not taken:',
      expect.stringMatching(/^ {2}line 2 {2}invalid_json: It is not JSON/),
      expect.stringMatching(
        /^ {2}line 4 {2}validation_failed: to cannot be read as a phone number/,
      ),
      expect.stringMatching(/^ {2}line 5 {2}template_not_found: /),
    ])
    expect(await readFile(path.join(cwd, 'bad.jsonl'), 'utf8')).toBe(
      `${[text[1], text[3], text[4]].join('\n')}\n`,
    )
  })

  it('writes the bad lines of a CSV as a CSV, and no file over another', async () => {
    const good = csvOf([nextRecipient()])
    const { cwd, code } = await send(['a.csv', '--rejected-to', 'bad.csv', '--no-follow'], {
      'a.csv': `${good}nobody;po_notification;es;A;B;C;8\n`,
    })
    const expected = `${csvOf([])}nobody;po_notification;es;A;B;C;8\n`
    expect([code, await readFile(path.join(cwd, 'bad.csv'), 'utf8')]).toEqual([1, expected])
    const again = await send(['a.csv', '--rejected-to', 'bad.csv', '--no-follow'], {}, { cwd })
    expect(again.err[0]).toMatch(/bad\.csv: it is there already.*another --rejected-to/)
  })

  it('counts what failed, says where the reasons are, and ends with 1', async () => {
    const to = nextRecipient()
    world.emulator.control.script({ behaviour: 'refuse', code: 131026, to, times: 1 })
    const { code, out } = await send(['-', '--format', 'csv'], {}, { stdin: csvOf([to]) })
    expect([code, out.at(-2)]).toEqual([1, '1 message: 1 failed.'])
    expect(out.at(-1)).toBe(`Why: aviso messages --batch ${idIn(out)} --status FAILED`)
  })

  it.each([
    ['[{},{}]', '2 lines were not taken; there was no other.'],
    [`[{},${linesOf(1)}]`, '1 line was not taken; the other one was.'],
  ])('says of %s as JSON how many were taken', async (text, detail) => {
    const { code, err } = await send(['a.json', '--json', '--no-follow'], { 'a.json': text })
    expect([code, (JSON.parse(err[0] ?? '') as { detail: string }).detail]).toEqual([1, detail])
  })

  it('prints the API’s own JSON: the answer without following, the batch after it', async () => {
    const files = { 'a.json': `[${linesOf(2).replace('\n', ',')},{}]` }
    const queued = await send(['a.json', '--json', '--no-follow'], files)
    expect(queued.code).toBe(1)
    expect(queued.out.map((line): unknown => JSON.parse(line))).toEqual([
      {
        batch_id: expect.stringMatching(ID),
        accepted: 2,
        rejected: [{ index: 2, code: 'validation_failed', detail: expect.any(String) }],
      },
    ])
    expect(JSON.parse(queued.err[0] ?? '')).toMatchObject({
      code: 'validation_failed',
      detail: '1 line was not taken; the 2 others were.',
      errors: [{ field: 'line 1 (message 3)', code: 'validation_failed' }],
    })
    const followed = await send(['a.json', '--json'], files)
    expect(followed.out).toHaveLength(1)
    expect(JSON.parse(followed.out[0] ?? '')).toMatchObject({
      state: 'done',
      total: 2,
      rejected: 1,
    })
  })

  it('redraws one line on a terminal, and takes it away at the end', async () => {
    const lines: string[] = []
    const io = { isTerminal: true, redraw: (line: string) => void lines.push(line) }
    const { out } = await send(['a.jsonl'], { 'a.jsonl': linesOf(3) }, { io })
    expect(lines.at(-1)).toBe('')
    expect(lines.at(-2)).toMatch(/^\[█{16}\] 100 % {2}3 of 3 {2}\d (read|delivered)/)
    expect(out).toHaveLength(2)
  })

  it('leaves the batch running when the person has seen enough, and says how to go on', async () => {
    let stop = () => {}
    const stopped = new Promise<void>((resolve) => (stop = resolve))
    const io = { redraw: () => stop(), untilStopped: () => stopped }
    const rate = ['--rate-per-second', '0.01']
    const { code, out, err } = await send(['a.jsonl', ...rate], { 'a.jsonl': linesOf(3) }, { io })
    const id = idIn(out)
    expect(code).toBe(1)
    expect(err.slice(1)).toEqual([
      `  look:   aviso bulk show ${id}`,
      `  cancel: aviso bulk cancel ${id}`,
    ])
    const shown = await send(['show', id])
    expect([shown.code, shown.out.join('\n')]).toEqual([
      0,
      expect.stringMatching(/state +running[\s\S]*messages +3[\s\S]*0\.01 a second at most/),
    ])
    for (const [action, state] of [
      ['pause', 'paused'],
      ['resume', 'running'],
      ['cancel', 'canceled'],
    ] as const) {
      const done = await send([action, id])
      expect([done.code, done.out[0]]).toEqual([
        0,
        expect.stringContaining(`Batch ${id} is ${state}`),
      ])
    }
    const late = await send(['pause', id])
    expect([late.code, late.err[0]]).toEqual([1, expect.stringContaining('canceled')])
    const end = await send(['show', id, '--follow', '--json'])
    expect([end.code, JSON.parse(end.out[0] ?? '')]).toMatchObject([1, { state: 'canceled' }])
    const unknown = await send(['show', '01930000-0000-7000-8000-000000000001'])
    expect(unknown.code).toBe(1)
  })
})

describe('aviso bulk', () => {
  /** Takes every line; `refuse` may answer instead. */
  const service = (
    refuse: (request: SeenRequest, index: number) => ReturnType<typeof problem> | undefined,
  ) => {
    let count = 0
    return startService((request) => {
      if (request.path !== BULK) {
        return problem(404, 'not_found')
      }
      count += 1
      const accepted = request.body.split('\n').length
      const body = { batch_id: `batch-${String(count)}`, accepted, rejected: [] }
      return refuse(request, count) ?? { status: 202, body }
    })
  }
  const many = linesOf(20_001)

  it('queues more than 10,000 lines as several batches, which share the rate', async () => {
    const { url, seen } = await service(() => undefined)
    const rate = ['--rate-per-second', '30', '--stop-when-failed-share', '0.1']
    const { code, out } = await bulk(url, ['a.jsonl', '--no-follow', ...rate], { 'a.jsonl': many })
    expect([code, out.length]).toEqual([0, 3])
    expect(seen.map(({ query }) => query)).toEqual(
      [1, 2, 3].map(() => ({ rate_per_second: '10', stop_when_failed_share: '0.1' })),
    )
    expect(seen.map(({ body }) => body).join('\n')).toBe(many)
    expect(new Set(seen.map(({ headers }) => headers['idempotency-key'])).size).toBe(3)
  })

  it('gives the same keys after a run that broke in the middle, whose end says what to do', async () => {
    const { url, seen } = await service((_request, index) =>
      index === 2 ? problem(500, 'internal') : undefined,
    )
    const argv = ['a.jsonl', '--no-follow']
    const broken = await bulk(url, argv, { 'a.jsonl': many })
    expect([broken.code, broken.err[0]]).toEqual([
      1,
      expect.stringMatching(/1 of 3 batches of this file are queued; run the same command again/),
    ])
    const { code } = await bulk(url, argv, { 'a.jsonl': many })
    expect(code).toBe(0)
    const [first, second, ...rest] = seen.map(({ headers }) => headers['idempotency-key'])
    expect(rest).toEqual([first, second, expect.any(String)])
  })

  it('asks again while the service is busy, or still at work with the same file', async () => {
    const { url, seen } = await service((_request, index) =>
      index === 1
        ? { ...problem(503, 'unavailable'), headers: { 'retry-after': '0' } }
        : index === 2
          ? { ...problem(409, 'idempotency_in_progress'), headers: { 'retry-after': '0' } }
          : undefined,
    )
    const { code } = await bulk(url, ['a.jsonl', '--no-follow'], { 'a.jsonl': linesOf(1) })
    expect([code, seen.length]).toEqual([0, 3])
  })

  it.each([
    [['a.csv', '--format', 'xml'], 2, /xml/],
    [['a.csv', '--rate-per-second', '0'], 2, /above 0/],
    [['a.csv', '--stop-when-failed-share', '1.5'], 2, /share/],
    [['a.csv', '--again', 'two words'], 2, /word/],
    [['none.csv'], 2, /no such file/],
    [[], 2, /missing required argument 'file'/],
    [['a.csv'], 1, /no message in a\.csv/],
  ])('says what is wrong with %j', async (argv, expected, words) => {
    const { url } = await service(() => undefined)
    const { code, err } = await bulk(url, argv, { 'a.csv': 'to,template\n' })
    expect([code, err.join('\n')]).toEqual([expected, expect.stringMatching(words)])
  })
})
