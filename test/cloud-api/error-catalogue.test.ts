import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  ERROR_CATALOGUE,
  UNNAMED_ERROR,
  describeError,
  describeFailure,
  findError,
} from '../../src/cloud-api/error-catalogue.ts'
import type { CatalogueEntry, ErrorAction } from '../../src/cloud-api/error-catalogue.ts'

interface Fact {
  code: number
  code_max?: number
  subcode_of?: number
  retry: 'never' | 'after_backoff' | 'after_fix'
  scope: string
  min_backoff_seconds?: number
}

const FACTS = JSON.parse(
  readFileSync(new URL('../fixtures/meta-errors/codes.json', import.meta.url), 'utf8'),
) as Fact[]

/** The design's outcome classes, which win over the general rule. */
const BY_DESIGN: Record<number, ErrorAction> = {
  131030: 'fail',
  131048: 'hold_channel',
  131064: 'hold_channel',
  132016: 'hold_template',
}

function actionOf({ code, retry, scope }: Fact): ErrorAction {
  const designed = BY_DESIGN[code]
  if (designed !== undefined) return designed
  if (retry === 'never') return 'fail'
  if (retry === 'after_fix') {
    if (scope === 'account' || scope === 'phone_number') return 'hold_channel'
    return scope === 'template' ? 'hold_template' : 'fail'
  }
  if (code === 131056) return 'wait_pair'
  return scope === 'account' || scope === 'phone_number' ? 'wait_number' : 'retry'
}

function get(code: number): CatalogueEntry {
  const entry = findError(code)
  if (entry === undefined) throw new Error(`no entry for ${String(code)}`)
  return entry
}

describe('the error catalogue', () => {
  it('has every known code once, with scope, range and parent code as documented', () => {
    expect(ERROR_CATALOGUE.map(({ code }) => code)).toEqual(FACTS.map(({ code }) => code))
    for (const fact of FACTS) {
      const { scope, code_max, subcode_of } = get(fact.code)
      expect({ scope, code_max, subcode_of }, String(fact.code)).toEqual({
        scope: fact.scope,
        code_max: fact.code_max,
        subcode_of: fact.subcode_of,
      })
    }
  })

  it('acts on each code by the rule, or by the design where that differs', () => {
    for (const fact of FACTS)
      expect([fact.code, get(fact.code).action]).toEqual([fact.code, actionOf(fact)])
  })

  it('names a reason for every hold that fits what is held, and for nothing else', () => {
    const reasons = {
      hold_channel: ['token', 'account', 'payment', 'number'],
      hold_template: ['template_not_approved', 'template_paused', 'template_disabled'],
    }
    for (const { code, action, hold_reason } of ERROR_CATALOGUE) {
      const allowed =
        action === 'hold_channel' || action === 'hold_template' ? reasons[action] : [undefined]
      expect(allowed, String(code)).toContain(hold_reason)
    }
  })

  it('waits at least as long as Meta asks for', () => {
    for (const { code, min_backoff_seconds: asked = 0 } of FACTS) {
      const { min_backoff_seconds: wait = 0, probe_after_seconds: probe = 0 } = get(code)
      expect(Math.max(wait, probe), String(code)).toBeGreaterThanOrEqual(asked)
    }
    expect(get(131048).probe_after_seconds).toBe(3600)
  })

  it('says in a sentence each what it means and what to do', () => {
    for (const { code, title, meaning, remedy, source } of ERROR_CATALOGUE) {
      expect(title, String(code)).not.toBe('')
      expect(source, String(code)).not.toBe('')
      expect(meaning, String(code)).toMatch(/^[A-Z].{14,}\.$/)
      expect(remedy, String(code)).toMatch(/^[A-Z].{7,}\.$/)
    }
  })

  it('holds what the design names under the reason it names', () => {
    const expected: Record<string, number[]> = {
      token: [0, 190, 10, 200, 250, 299, 131005],
      account: [131031, 368],
      payment: [131042],
      number: [133010, 131048],
      template_not_approved: [132001],
      template_paused: [132015],
      template_disabled: [132016],
    }
    for (const [reason, codes] of Object.entries(expected)) {
      expect(codes.map((code) => get(code).hold_reason)).toEqual(codes.map(() => reason))
    }
  })

  it('finds ranges and subcodes, and nothing for an unknown code', () => {
    expect(findError(199)).toBeUndefined()
    expect(findError(200)?.code).toBe(200)
    expect(findError(299)?.code).toBe(200)
    expect(findError(300)).toBeUndefined()
    expect(findError(190, 463)?.code).toBe(463)
    expect(findError(190, 1)?.code).toBe(190)
    expect(findError(190, null)?.code).toBe(190)
    expect(findError(131026, 463)?.code).toBe(131026)
    expect(findError(-1)).toBeUndefined()
    expect(findError(999_999)).toBeUndefined()
  })
})

describe('an error in words', () => {
  it("shows Meta's own title and details, and our remedy", () => {
    expect(describeError('131030', '(#131030) Not in list', 'The recipient is missing')).toEqual({
      code: '131030',
      title: '(#131030) Not in list',
      detail: 'The recipient is missing',
      remedy: get(131030).remedy,
    })
  })

  it('fills in what Meta left out', () => {
    expect(describeError('131026')).toEqual({
      code: '131026',
      title: 'Message Undeliverable',
      detail: get(131026).meaning,
      remedy: get(131026).remedy,
    })
  })

  it.each([
    'no_phone',
    'invalid_phone',
    'opted_out',
    'expired',
    'canceled',
    'not_sent',
    'batch_stopped',
  ])('knows our own %s', (code) => {
    const described = describeError(code)
    expect(described.title).toMatch(/^[A-Z].{10,}/)
    expect(described.remedy).toMatch(/^[A-Z].{10,}\.$/)
    expect(described.detail).toBeNull()
  })

  it('has advice for a code that nobody knows, for none, and for a refusal before Meta', () => {
    expect(describeError('999999', 'New').remedy).toContain('documentation')
    expect(describeError('', 'connection refused').remedy).toContain('Nothing')
    expect(describeError('', 'connection refused').code).toBeNull()
    expect(describeError(UNNAMED_ERROR)).toMatchObject({
      code: null,
      remedy: expect.stringContaining('retry'),
    })
    expect(describeError('-1', 'HTTP 403')).toMatchObject({
      code: null,
      remedy: expect.stringContaining('WHATSAPP_GRAPH_URL'),
    })
    expect(describeError('constructor').title).toContain('does not know')
    expect(describeError('__proto__').title).toContain('does not know')
  })
})

describe('the error of a message that has failed', () => {
  it('promises nothing that happens to waiting messages alone', () => {
    for (const { code, action } of ERROR_CATALOGUE) {
      const { remedy } = describeFailure(String(code))
      if (action === 'fail') expect(remedy).toBe(describeError(String(code)).remedy)
      else
        expect(remedy, String(code)).toMatch(
          /this one has failed: retry it|not tried again by itself: retry/,
        )
    }
    expect(describeFailure('no_phone')).toEqual(describeError('no_phone'))
    expect(describeFailure('987654', 'x', 'y')).toEqual(describeError('987654', 'x', 'y'))
  })
})
