/** Bars as an SVG that is read on a light and on a dark page. */

export interface Bar {
  label: string
  /** Stacked, from the axis on. */
  parts: { value: number; name: string }[]
  /** The least and the most of the whole bar, over the rounds. */
  range?: { min: number; max: number }
}

export interface BarChart {
  title: string
  /** What the axis counts. */
  unit: string
  bars: readonly Bar[]
  /** A line across: what is aimed at. */
  goal?: number
}

const WIDTH = 640
const LEFT = 130
const RIGHT = 90
const ROW = 34
const TOP = 48
const COLOURS = ['#3b7dd8', '#e08a3c', '#5aa469', '#a46fb0']
const TEXT = '#7a7a7a'

export function barChart({ title, unit, bars, goal }: BarChart): string {
  const whole = (bar: Bar): number => bar.parts.reduce((sum, { value }) => sum + value, 0)
  const most = Math.max(goal ?? 0, ...bars.map((bar) => Math.max(whole(bar), bar.range?.max ?? 0)))
  const x = (value: number): number => LEFT + (value / most) * (WIDTH - LEFT - RIGHT)
  const names = [...new Set(bars.flatMap(({ parts }) => parts.map(({ name }) => name)))]
  const rows = bars.flatMap((bar, index) => rowOf(bar, TOP + index * ROW, x, names))
  const bottom = TOP + bars.length * ROW
  const legend = names.length > 1 ? legendOf(names, bottom + 14) : []
  const height = bottom + (names.length > 1 ? 28 : 8)
  const line =
    goal === undefined
      ? []
      : [
          `<line x1="${x(goal).toFixed(1)}" x2="${x(goal).toFixed(1)}" y1="${TOP - 8}" y2="${bottom}" stroke="#c0392b" stroke-dasharray="4 3"/>`,
          text(x(goal), TOP - 12, `goal ${format(goal)}`, 'middle', '#c0392b'),
        ]
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escape(title)}" font-family="sans-serif" font-size="12">`,
    text(8, 18, `${title} (${unit})`, 'start', TEXT, 'bold'),
    ...rows,
    ...line,
    ...legend,
    '</svg>\n',
  ].join('\n')
}

function rowOf(
  bar: Bar,
  y: number,
  x: (value: number) => number,
  names: readonly string[],
): string[] {
  let at = 0
  const parts = bar.parts.map(({ name, value }) => {
    const from = x(at)
    at += value
    return `<rect x="${from.toFixed(1)}" y="${y}" width="${(x(at) - from).toFixed(1)}" height="20" fill="${COLOURS[names.indexOf(name) % COLOURS.length] ?? TEXT}"/>`
  })
  const { range } = bar
  const whisker =
    range === undefined
      ? []
      : [
          `<line x1="${x(range.min).toFixed(1)}" x2="${x(range.max).toFixed(1)}" y1="${y + 10}" y2="${y + 10}" stroke="${TEXT}" stroke-width="2"/>`,
        ]
  const end = Math.max(x(at), x(range?.max ?? 0))
  return [
    text(LEFT - 8, y + 14, bar.label, 'end', TEXT),
    ...parts,
    ...whisker,
    text(end + 6, y + 14, format(at), 'start', TEXT),
  ]
}

function legendOf(names: readonly string[], y: number): string[] {
  return names.flatMap((name, index) => [
    `<rect x="${LEFT + index * 120}" y="${y - 9}" width="10" height="10" fill="${COLOURS[index % COLOURS.length] ?? TEXT}"/>`,
    text(LEFT + index * 120 + 16, y, name, 'start', TEXT),
  ])
}

function text(
  x: number,
  y: number,
  words: string,
  anchor: string,
  fill: string,
  weight = 'normal',
): string {
  return `<text x="${x.toFixed(1)}" y="${y}" text-anchor="${anchor}" fill="${fill}" font-weight="${weight}">${escape(words)}</text>`
}

/** Three digits that count. */
export function format(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString('en')
  return String(Number(value.toPrecision(3)))
}

function escape(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
