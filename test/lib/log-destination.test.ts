import { expect, it } from 'vitest'
import { createLogDestination } from '../../src/lib/log-destination.ts'

it('a log whose reader has stopped drops what does not fit, and says how much once it goes on', () => {
  const written: string[] = []
  const stream = {
    writableLength: 0,
    write(line: string) {
      written.push(line)
      this.writableLength += line.length
    },
  }
  const destination = createLogDestination(stream, 20)
  for (let line = 0; line < 5; line += 1) destination.write(`line ${String(line)}\n`)
  expect(written).toEqual(['line 0\n', 'line 1\n'])
  stream.writableLength = 0
  destination.write('line 5\n')
  expect(written.slice(3)).toEqual(['line 5\n'])
  expect(JSON.parse(written[2] ?? '')).toMatchObject({
    level: 'error',
    lines: 3,
    msg: 'WhatsApp log.lines_dropped',
  })
})
