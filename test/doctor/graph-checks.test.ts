import { describe, expect, it } from 'vitest'
import {
  checkBusinessAccount,
  checkPhoneNumber,
  checkToken,
} from '../../src/doctor/graph-checks.ts'
import type { GraphCheckOptions } from '../../src/doctor/graph-checks.ts'

const NUMBER = {
  status: 'CONNECTED',
  quality_rating: 'GREEN',
  name_status: 'APPROVED',
  platform_type: 'CLOUD_API',
  account_mode: 'LIVE',
}
const ACCOUNT = { name: 'Molino', account_review_status: 'APPROVED' }
const LIMITED = {
  can_send_message: 'LIMITED',
  additional_info: ['Your display name is in review.'],
}
const ERROR = { error_description: 'No payment method.', possible_solution: 'Add one.' }

/** A Meta that answers each call with this. */
function options(value: unknown): GraphCheckOptions {
  const get = () => Promise.resolve({ kind: 'ok' as const, value })
  return {
    reader: { get, listTemplates: () => Promise.resolve({ kind: 'ok', templates: [] }) },
    appReader: { get },
    accessToken: 'token',
    appId: null,
    businessAccountId: '102290129340398',
    phoneNumberId: '106540352242922',
    orders: () => Promise.resolve({ previews: [], isMigrated: true }),
    now: () => Date.now(),
  }
}

function health(entity_type: string, more: Record<string, unknown>) {
  return { health_status: { entities: [{ entity_type, ...more }] } }
}

describe('what Meta says of number and account', () => {
  it('is fine where nothing is limited', async () => {
    expect(await checkPhoneNumber(options(NUMBER))).toMatchObject({ result: 'ok' })
    expect(await checkBusinessAccount(options(ACCOUNT))).toMatchObject({ result: 'ok' })
  })

  it('is a warning in Meta’s words where it is limited', async () => {
    const number = { ...NUMBER, ...health('PHONE_NUMBER', LIMITED) }
    expect(await checkPhoneNumber(options(number))).toMatchObject({
      result: 'warning',
      detail: expect.stringContaining(
        '; PHONE_NUMBER may send within limits only: Your display name is in review.',
      ),
    })
    for (const type of ['WABA', 'BUSINESS', 'APP']) {
      const limits = health(type, { can_send_message: 'LIMITED', errors: [ERROR] })
      expect(await checkBusinessAccount(options({ ...ACCOUNT, ...limits }))).toMatchObject({
        result: 'warning',
        detail: `Molino is reachable; ${type} may send within limits only: No payment method. (Meta advises: Add one.)`,
      })
    }
  })

  it('tells of a limit and of a business that is not verified together', async () => {
    const account = { ...ACCOUNT, ...health('WABA', LIMITED), business_verification_status: 'new' }
    expect(await checkBusinessAccount(options(account))).toMatchObject({
      result: 'warning',
      detail: expect.stringMatching(/limits only: .*; the business is not verified \(new\)$/),
      remedy: expect.stringMatching(/what limits it\. Verify the business/),
      guide: 'docs/setup-guide.md#business-account',
    })
  })

  it('is a failure with what Meta advises where it is blocked', async () => {
    const blocked = { can_send_message: 'BLOCKED', errors: [ERROR] }
    const says = /may not send: No payment method\. \(Meta advises: Add one\.\)$/
    const number = { ...NUMBER, ...health('PHONE_NUMBER', blocked) }
    const account = { ...ACCOUNT, ...health('WABA', blocked) }
    for (const finding of [
      await checkPhoneNumber(options(number)),
      await checkBusinessAccount(options(account)),
    ]) {
      expect(finding).toMatchObject({ result: 'failed', detail: expect.stringMatching(says) })
    }
  })

  it.each([
    [{ name_status: 'DECLINED' }, /declined the display name/],
    [{ account_mode: 'SANDBOX' }, /test number/],
    [{ platform_type: 'ON_PREMISE' }, /ON_PREMISE and not CLOUD_API/],
    [{ quality_rating: 'RED' }, /quality RED/],
  ])('is a warning in words where a number has %j', async (more, says) => {
    expect(await checkPhoneNumber(options({ ...NUMBER, ...more }))).toMatchObject({
      result: 'warning',
      detail: expect.stringMatching(says),
      remedy: expect.stringMatching(/\.$/),
    })
  })

  it('says why a token is not valid', async () => {
    const error = { code: 190, message: 'The session has expired.' }
    expect(await checkToken(options({ data: { is_valid: false, error } }))).toMatchObject({
      result: 'failed',
      detail: 'the token is not valid: The session has expired.',
    })
  })
})
