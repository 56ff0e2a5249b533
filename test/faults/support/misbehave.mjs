// Loaded into a service before its program (`--import`): at SIGUSR2 the process does to itself what its
// environment says in AVISO_TEST_MISBEHAVE.
//
//   block:MS       its event loop stands still for so long
//   clock:MS       its wall clock jumps; the monotonic one does not
//   memory         it takes memory until there is none left
import { readFileSync } from 'node:fs'

const [what, amount] = (process.env.AVISO_TEST_MISBEHAVE ?? '').split(':')
const RealDate = Date
let offsetMs = 0

class JumpingDate extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(JumpingDate.now())
    else super(...given)
  }

  static now() {
    return RealDate.now() + offsetMs
  }
}

function block(ms) {
  const until = performance.now() + ms
  while (performance.now() < until) readFileSync('/proc/self/stat')
}

process.on('SIGUSR2', () => {
  if (what === 'block') block(Number(amount))
  if (what === 'clock') {
    offsetMs = Number(amount)
    globalThis.Date = JumpingDate
  }
  if (what === 'memory') {
    const kept = []
    for (;;) kept.push(Array.from({ length: 100_000 }, () => ({ kept: kept.length })))
  }
})
