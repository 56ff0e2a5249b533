import { request } from 'undici'

export type HandshakeResult = { verified: true } | { verified: false; reason: string }

/**
 * Meta's verification of a callback address: GET with a challenge that must come back as the whole
 * body under a 200 (reference, section 5.1).
 */
export async function shakeHands(
  callbackUrl: string,
  verifyToken: string,
  challenge: string,
): Promise<HandshakeResult> {
  let url: URL
  try {
    url = new URL(callbackUrl)
  } catch {
    return { verified: false, reason: 'the callback address is no URL' }
  }
  url.searchParams.set('hub.mode', 'subscribe')
  url.searchParams.set('hub.challenge', challenge)
  url.searchParams.set('hub.verify_token', verifyToken)
  try {
    const answer = await request(url, {
      headersTimeout: 5000,
      bodyTimeout: 5000,
      // One call an address: a socket that is kept would only hold up the other side's end.
      reset: true,
    })
    const text = await answer.body.text()
    if (answer.statusCode !== 200) {
      return { verified: false, reason: `answered ${String(answer.statusCode)} instead of 200` }
    }
    if (text !== challenge) {
      return { verified: false, reason: 'the answer is not the challenge alone' }
    }
    return { verified: true }
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown'
    return { verified: false, reason: `no answer: ${reason}` }
  }
}
