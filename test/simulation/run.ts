/** A share of a big run, as a process of its own: `run.ts FIRST COUNT [story]`. Prints one line of JSON. */

import { simulate } from './simulate.ts'

const [first = 1, count = 0] = process.argv.slice(2, 4).map(Number)
const wantsStory = process.argv[4] === 'story'
const totals = { histories: 0, acceptances: 0, doubts: 0 }
const unsound: { seed: number; violations: string[] }[] = []
for (let seed = first; seed < first + count; seed += 1) {
  const history = await simulate(seed, wantsStory)
  totals.histories += 1
  totals.acceptances += history.acceptances
  totals.doubts += history.doubts
  if (wantsStory) process.stdout.write(`${history.story.join('\n')}\n`)
  if (history.violations.length > 0 && unsound.length < 10) {
    unsound.push({ seed, violations: history.violations })
  }
}
process.stdout.write(`${JSON.stringify({ ...totals, unsound })}\n`)
