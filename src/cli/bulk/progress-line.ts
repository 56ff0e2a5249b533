/** How far batches are, on one line. Pure. */

import { countWords } from './batch-counts.ts'
import type { Progress } from './batch-counts.ts'

/** Short, so that on 80 columns no more than some of the counts is cut off. */
const BAR = 16

/** `[██████░░░░░░░░░░]  42 %  420 of 1000  0:01:10 left  300 read, 120 sent, 580 pending` */
export function progressBar(progress: Progress, now: Date): string {
  const share = shareOf(progress)
  const full = Math.floor(share * BAR)
  const bar = `[${'█'.repeat(full)}${'░'.repeat(BAR - full)}]`
  return `${bar} ${wordsOf(progress, timeLeft(progress, now))}`
}

/** The same for a log. */
export function progressWords(progress: Progress): string {
  return wordsOf(progress, '')
}

function wordsOf(progress: Progress, left: string): string {
  const { total, counts, isPaused } = progress
  // Not a hundred before it is all.
  const percent = String(Math.floor(shareOf(progress) * 100)).padStart(3)
  const done = `${percent} %  ${String(total - counts.PENDING)} of ${String(total)}`
  return `${done}${isPaused ? '  paused' : left}  ${countWords(progress)}`
}

function shareOf({ total, counts }: Progress): number {
  return total === 0 ? 1 : (total - counts.PENDING) / total
}

function timeLeft({ estimatedEnd, counts }: Progress, now: Date): string {
  const ms = estimatedEnd === null ? NaN : Date.parse(estimatedEnd) - now.getTime()
  if (!(ms > 0) || counts.PENDING === 0) return ''
  const seconds = Math.ceil(ms / 1000)
  const two = (value: number) => String(value).padStart(2, '0')
  const hours = String(Math.floor(seconds / 3600))
  return `  ${hours}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)} left`
}
