import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { signBody, verifySignature } from '../../src/cloud-api/signature.ts'

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array))
const secret = fc.string({ minLength: 1, maxLength: 40 })

describe('a webhook signature', () => {
  it('is the HMAC-SHA256 of the bytes, in hexadecimal', () => {
    const body = Buffer.from('Hi There')
    expect(signBody(body, '\x0b'.repeat(20))).toBe(
      'sha256=b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
    )
  })

  it('holds for the bytes that were signed, with any of the secrets', () => {
    fc.assert(
      fc.property(bytes, secret, secret, (body, current, previous) => {
        for (const signer of [current, previous]) {
          expect(verifySignature(body, signBody(body, signer), [current, previous])).toBe(true)
        }
      }),
    )
  })

  it('fails for another secret, for changed bytes and for a changed header', () => {
    fc.assert(
      fc.property(bytes, secret, secret, fc.nat(), (body, right, wrong, position) => {
        fc.pre(right !== wrong)
        const header = signBody(body, right)
        expect(verifySignature(body, header, [wrong])).toBe(false)
        expect(verifySignature(body, header, [])).toBe(false)
        expect(verifySignature(Buffer.concat([body, Buffer.from(' ')]), header, [right])).toBe(
          false,
        )
        const at = 7 + (position % 64)
        const digit = header[at] === '0' ? '1' : '0'
        const changed = header.slice(0, at) + digit + header.slice(at + 1)
        expect(verifySignature(body, changed, [right])).toBe(false)
      }),
    )
  })

  it('fails for every other form of the header', () => {
    const body = Buffer.from('{"a":"ä"}')
    const header = signBody(body, 's')
    const hex = header.slice(7)
    const others = [
      undefined,
      '',
      'sha256=',
      hex,
      `sha1=${hex}`,
      `SHA256=${hex}`,
      `sha256=${hex.toUpperCase()}`,
      `sha256=${hex.slice(1)}`,
      `sha256=${hex}0`,
      ` ${header}`,
      `${header}\n`,
      `${header}, ${header}`,
      `sha256=${'é'.repeat(64)}`,
    ]
    for (const other of others) expect(verifySignature(body, other, ['s']), other).toBe(false)
    expect(verifySignature(body, header, ['s'])).toBe(true)
  })
})
