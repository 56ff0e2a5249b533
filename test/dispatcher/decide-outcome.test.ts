import { readFileSync, readdirSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ERROR_CATALOGUE } from '../../src/cloud-api/error-catalogue.ts'
import { readSendAnswer } from '../../src/cloud-api/read-send-answer.ts'
import type { SendResult } from '../../src/cloud-api/send-result.ts'
import { decideOutcome } from '../../src/dispatcher/decide-outcome.ts'
import type { OutcomeDecision } from '../../src/dispatcher/decide-outcome.ts'

const FIXTURES = new URL('../fixtures/meta-errors/', import.meta.url)
const TEN_MINUTES = 600_000

function rejected(
  code: number,
  options: { httpStatus?: number; retryAfterMs?: number; isTransient?: boolean } = {},
): SendResult {
  const { httpStatus = 400, retryAfterMs = null, isTransient = false } = options
  const error = { code, subcode: null, title: '', details: null, isTransient, fbtraceId: null }
  return { kind: 'rejected', httpStatus, error, retryAfterMs, response: null }
}

function decide(result: SendResult, failures = 0, random = 0.5): OutcomeDecision {
  return decideOutcome({ result, failures, random: () => random })
}

const failures = fc.nat({ max: 1000 })
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
const answered = fc.record({
  kind: fc.constant('answered' as const),
  httpStatus: fc.integer({ min: 100, max: 599 }),
  retryAfter: fc.option(fc.nat().map(String), { nil: undefined }),
  text: fc.oneof(
    fc.string(),
    fc.json(),
    fc
      .record({
        code: fc.oneof(fc.integer(), fc.constantFrom(...ERROR_CATALOGUE.map(({ code }) => code))),
        message: fc.string(),
        type: fc.option(fc.constant('OAuthException'), { nil: undefined }),
        is_transient: fc.boolean(),
      })
      .map((error) => JSON.stringify({ error })),
  ),
})
const broken = fc.record({
  kind: fc.constant('broken' as const),
  reason: fc.string(),
  httpStatus: fc.option(fc.integer({ min: 100, max: 599 })),
  text: fc.string(),
})

describe('what follows from a send', () => {
  it('never is another send when the answer was lost, whatever it began with', () => {
    fc.assert(
      fc.property(broken, failures, random, (exchange, n, r) => {
        const result = readSendAnswer(exchange, 0)
        expect(decide(result, n, r)).toEqual({ kind: 'in_doubt' })
      }),
    )
  })

  it('never is another send without a refusal: 4xx, or 5xx with the error object of Meta', () => {
    fc.assert(
      fc.property(answered, failures, random, (exchange, n, r) => {
        const result = readSendAnswer(exchange, 0)
        const decision = decide(result, n, r)
        if (decision.kind === 'in_doubt' || decision.kind === 'accepted') return
        expect(result.kind).toBe('rejected')
        expect(exchange.httpStatus).toBeGreaterThanOrEqual(400)
        if (exchange.httpStatus >= 500) {
          const { error } = JSON.parse(exchange.text) as { error: Record<string, unknown> }
          expect(Number.isInteger(error['code'])).toBe(true)
          expect(error['type']).toBe('OAuthException')
        }
      }),
      { numRuns: 500 },
    )
  })

  it('is in doubt for everything in doubt, at any number of failures', () => {
    fc.assert(
      fc.property(fc.string(), failures, random, (reason, n, r) => {
        const result: SendResult = { kind: 'in_doubt', reason, httpStatus: null, response: null }
        expect(decide(result, n, r)).toEqual({ kind: 'in_doubt' })
      }),
    )
  })

  it('is another try within 10 minutes for what was not sent', () => {
    fc.assert(
      fc.property(failures, random, (n, r) => {
        const decision = decide({ kind: 'not_sent', reason: '' }, n, r)
        expect(decision).toMatchObject({ kind: 'retry', slowNumber: false, pauseNumberMs: null })
        const delayMs = decision.kind === 'retry' ? decision.delayMs : -1
        expect(delayMs).toBeGreaterThanOrEqual(0)
        expect(delayMs).toBeLessThanOrEqual(Math.min(TEN_MINUTES, 2000 * 2 ** n))
      }),
    )
  })

  it('is the action of the catalogue for each of its codes, at any HTTP status', () => {
    const kinds = {
      retry: 'retry',
      wait_pair: 'wait_pair',
      wait_number: 'retry',
      hold_channel: 'hold_channel',
      hold_template: 'hold_template',
      fail: 'fail',
    }
    for (const { code, action, hold_reason } of ERROR_CATALOGUE) {
      for (const httpStatus of [400, 403, 429, 500, 503]) {
        const decision = decide(rejected(code, { httpStatus }))
        expect([code, decision.kind]).toEqual([code, kinds[action]])
        if ('reason' in decision) expect(decision.reason).toBe(hold_reason)
        if (decision.kind === 'retry') {
          expect(decision.pauseNumberMs === null, String(code)).toBe(action !== 'wait_number')
        }
        if (decision.kind === 'fail') {
          expect(decision).toEqual({ kind: 'fail', errorCode: String(code), unknownCode: false })
        }
      }
    }
  })

  it('waits at least as long as Retry-After and the catalogue ask for', () => {
    const code = fc.constantFrom(...ERROR_CATALOGUE.map(({ code }) => code), -1, 999_999)
    fc.assert(
      fc.property(code, fc.nat({ max: 86_400_000 }), failures, random, (c, retryAfterMs, n, r) => {
        const decision = decide(rejected(c, { retryAfterMs, httpStatus: 500 }), n, r)
        const entry = ERROR_CATALOGUE.find((row) => row.code === c)
        const minimum = Math.max(retryAfterMs, (entry?.min_backoff_seconds ?? 0) * 1000)
        if ('delayMs' in decision) expect(decision.delayMs).toBeGreaterThanOrEqual(minimum)
        if ('probeAfterMs' in decision && decision.probeAfterMs !== null) {
          expect(decision.probeAfterMs).toBeGreaterThanOrEqual(retryAfterMs)
        }
        if (decision.kind === 'retry' && decision.pauseNumberMs !== null) {
          expect(decision.pauseNumberMs).toBeGreaterThanOrEqual(minimum)
          expect(decision.delayMs).toBeGreaterThanOrEqual(decision.pauseNumberMs)
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('the refusals of the design, as Meta sends them', () => {
  const expected: Record<string, OutcomeDecision['kind']> = {
    '401-190': 'hold_channel',
    '403-10': 'hold_channel',
    '403-368': 'hold_channel',
    '400-131042': 'hold_channel',
    '400-131048': 'hold_channel',
    '400-133010': 'hold_channel',
    '404-132001': 'hold_template',
    '400-132015': 'hold_template',
    '400-132016': 'hold_template',
    '400-100': 'fail',
    '400-131026': 'fail',
    '400-131030': 'fail',
    '400-131047': 'fail',
    '400-132000': 'fail',
    '400-132018': 'fail',
    '400-4': 'retry',
    '400-80007': 'retry',
    '400-130429': 'retry',
    '500-131000': 'retry',
    '500-131016': 'retry',
    '503-2': 'retry',
    '400-131056': 'wait_pair',
  }
  const names = readdirSync(FIXTURES)
    .map((file) => file.replace('.json', ''))
    .filter((name) => name !== 'codes')

  it.each(names)('%s', (name) => {
    const text = readFileSync(new URL(`${name}.json`, FIXTURES), 'utf8')
    const httpStatus = Number(name.split('-')[0])
    const result = readSendAnswer({ kind: 'answered', httpStatus, retryAfter: undefined, text }, 0)
    expect(decide(result).kind).toBe(expected[name])
  })

  it('halves the rate for too many messages a second, and only for that', () => {
    expect(decide(rejected(130429))).toMatchObject({ slowNumber: true, pauseNumberMs: 1000 })
    expect(decide(rejected(4))).toMatchObject({ slowNumber: false, pauseNumberMs: 10_000 })
  })

  it('waits 6, 16, 64 seconds for a pair', () => {
    const waits = [0, 1, 2].map((n) => decide(rejected(131056), n, 0))
    expect(waits).toEqual([6000, 16_000, 64_000].map((delayMs) => ({ kind: 'wait_pair', delayMs })))
  })

  it('tries a number suspended for spam after an hour, a disabled template never', () => {
    expect(decide(rejected(131048))).toMatchObject({ reason: 'number', probeAfterMs: 3_600_000 })
    expect(decide(rejected(132016))).toMatchObject({ probeAfterMs: null })
  })
})

describe('a code that nobody knows', () => {
  it('fails with 4xx, and is tried again with 5xx or where Meta calls it transient', () => {
    expect(decide(rejected(999_999))).toEqual({
      kind: 'fail',
      errorCode: '999999',
      unknownCode: true,
    })
    expect(decide(rejected(999_999, { httpStatus: 500 })).kind).toBe('retry')
    expect(decide(rejected(999_999, { isTransient: true })).kind).toBe('retry')
  })

  it('makes the number wait where something before Meta refused', () => {
    expect(decide(rejected(-1, { httpStatus: 403 }))).toMatchObject({
      kind: 'retry',
      pauseNumberMs: 10_000,
    })
  })
})

describe('an acceptance', () => {
  it('tells whether Meta holds it back to see how the template is received', () => {
    const accepted: SendResult = {
      kind: 'accepted',
      httpStatus: 200,
      wamid: 'wamid.1',
      waId: '34600111222',
      userId: null,
      messageStatus: 'held_for_quality_assessment',
      response: {},
    }
    const base = { kind: 'accepted', wamid: 'wamid.1', waId: '34600111222' }
    expect(decide(accepted)).toEqual({ ...base, heldForQuality: true })
    expect(decide({ ...accepted, messageStatus: 'paused' })).toEqual({
      ...base,
      heldForQuality: true,
    })
    expect(decide({ ...accepted, messageStatus: null })).toEqual({ ...base, heldForQuality: false })
  })
})
