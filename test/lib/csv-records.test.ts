import { expect, it } from 'vitest'
import { csvRecords } from '../../src/lib/csv-records.ts'

const read = (text: string) =>
  [...csvRecords(text)].map(({ line, cells }) => [line, cells ?? 'unreadable'])

it.each([
  ['\n', 'a line feed'],
  ['\r\n', 'both'],
  ['\r', 'a carriage return'],
])('counts lines that end with %j, also inside of quotation marks', (end) => {
  const lines = ['a,b', '1,"x', '', ' y ""z"""', '2, "x" ', '', ' ', '3,y', '']
  expect(read(lines.join(end))).toEqual([
    [1, ['a', 'b']],
    [2, ['1', `x${end}${end} y "z"`]],
    [5, ['2', 'x']],
    [8, ['3', 'y']],
  ])
})

it('takes several lines for one record only where they have as many cells as the first', () => {
  expect(read('a;b\n1;"x\n2;y";\n3;"x\ny"\n4;"z')).toEqual([
    [1, ['a', 'b']],
    [2, 'unreadable'],
    [3, 'unreadable'],
    [4, ['3', 'x\ny']],
    [6, 'unreadable'],
  ])
})

it('finds no record in what has no visible character', () => {
  expect(read('')).toEqual([])
  expect(read(' \r\n\t\n')).toEqual([])
})
