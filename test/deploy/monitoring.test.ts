import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { HOLD_REASONS } from '../../src/message/message.ts'
import { createMeter } from '../../src/metrics/meter.ts'
import { ROOT } from '../architecture/source-files.ts'
import { describeWith } from '../support/describe-with.ts'
import { matchersIn, metricOf, metricsIn } from './promql.ts'

interface Rule {
  alert: string
  expr: string
  labels?: { severity?: string }
  annotations?: { summary?: string; description?: string; runbook?: string }
}
interface Panel {
  id: number
  type: string
  title: string
  gridPos: { h: number; w: number; x: number; y: number }
  targets?: { expr: string }[]
}

const RULES = 'deploy/prometheus/aviso.rules.yaml'
const RULES_TEST = 'deploy/prometheus/aviso.rules.test.yaml'
const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8')

const rules = (parse(read(RULES)) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
)
const dashboard = JSON.parse(read('deploy/grafana/aviso.json')) as {
  panels: Panel[]
  templating: { list: { name: string; definition?: string }[] }
}
const operations = read('docs/operations.md')
const metricsPage = read('docs/metrics.md')
const queries = [
  ...rules.map(({ alert, expr }) => ({ where: alert, expr })),
  ...dashboard.panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({ where: `panel "${title}"`, expr })),
  ),
  ...dashboard.templating.list.flatMap(({ name, definition }) =>
    definition === undefined ? [] : [{ where: `variable ${name}`, expr: definition }],
  ),
]

/** What Prometheus reads from the registry of a service to which every kind of thing has happened. */
async function readServed() {
  const meter = createMeter()
  meter.send('rejected', '131026', 0.1)
  meter.accepted(1)
  meter.webhook('applied', 0.1)
  const states = { queued: 1, claimed: 0, sending: 0, held: 1, in_doubt: 1, unconfirmed: 1 }
  const held = Object.fromEntries(HOLD_REASONS.map((reason) => [reason, 1]))
  const gauges = {
    queue: { states, depth: 1, oldestSeconds: 1, inDoubt: 1, unconfirmed: 1, held, orphans: 1 },
    gaps: { noStatus: 1, undelivered: 1, refused: 1, refusedAt: null },
    outbox: { depth: 1, oldestSeconds: 1 },
    gates: [{ scope: 'number' as const, hold_reason: 'token' as const }],
    paces: [{ phone_number_id: '1', factor: 0.5, paused_seconds: 1 }],
    rejected: [{ source: 'http', count: 1 }],
  }
  const pools = { all: { max: 2, busy: 1, idle: 1, waiting: 0 } }
  const text = await meter.render(gauges, { pools, deadLetters: 1, sendLimit: 80 })
  const types = new Map(
    [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => [name, type]),
  )
  const histograms = new Set(
    [...types].flatMap(([name, type]) => (type === 'histogram' ? name : [])),
  )
  /** Values by metric and label. */
  const labels = new Map<string, Map<string, Set<string>>>()
  for (const [, series = '', inside = ''] of text.matchAll(/^(\w+)(?:\{(.*)\})? \S+$/gm)) {
    const metric = metricOf(series, histograms)
    const known = labels.get(metric) ?? new Map<string, Set<string>>()
    labels.set(metric, known)
    for (const [, label = '', value = ''] of inside.matchAll(/(\w+)="([^"]*)"/g)) {
      known.set(label, (known.get(label) ?? new Set()).add(value))
    }
  }
  return { names: new Set(types.keys()), histograms, labels }
}

const served = await readServed()
const ours = [...served.names].filter((name) => name.startsWith('aviso_'))

describe('alert rules and dashboard', () => {
  it.each(queries)('name only metrics that the service serves: $where', ({ expr }) => {
    const names = metricsIn(expr)
    expect(names).not.toEqual([])
    const unknown = names.filter((name) => !served.names.has(metricOf(name, served.histograms)))
    expect(unknown).toEqual([])
  })

  it('choose only by labels and values that the service gives', () => {
    const wrong = queries.flatMap(({ where, expr }) =>
      matchersIn(expr.replaceAll('$job', 'x'))
        // Prometheus's own.
        .filter(({ label }) => !['job', 'namespace', 'instance'].includes(label))
        .filter(({ metric, label, operator, value }) => {
          const known = served.labels.get(metricOf(metric, served.histograms))?.get(label)
          if (known === undefined) return true
          const parts = operator.endsWith('~') ? value.split('|') : [value]
          return !parts.every((part) =>
            [...known].some((one) =>
              operator.endsWith('~') ? new RegExp(`^(?:${part})$`).test(one) : one === part,
            ),
          )
        })
        .map(({ metric, label, value }) => `${where}: ${metric}{${label}="${value}"}`),
    )
    expect(wrong).toEqual([])
  })

  it('leave no metric of ours unseen on the dashboard', () => {
    const shown = dashboard.panels.flatMap(({ targets = [] }) =>
      targets.flatMap(({ expr }) =>
        metricsIn(expr).map((name) => metricOf(name, served.histograms)),
      ),
    )
    expect(ours.filter((name) => !shown.includes(name))).toEqual([])
  })
})

describe('the documents', () => {
  it.each(ours)('say of %s what it says and what to do when it is off', (name) => {
    expect(metricsPage).toMatch(new RegExp(`^\\| \`${name}[{\`]`, 'm'))
    const row = new RegExp(`^\\| \`${name}\`(?: +\\|[^|\\n]*\\S[^|\\n]*){3} *\\|$`, 'm')
    expect(operations).toMatch(row)
  })

  it('name no metric that the service does not serve', () => {
    const named = [...metricsIn(metricsPage), ...metricsIn(operations)].filter(
      // `process_` and `nodejs_` stand there as beginnings, too.
      (name) => !name.endsWith('_'),
    )
    const unknown = named.filter((name) => !served.names.has(metricOf(name, served.histograms)))
    expect(unknown).toEqual([])
  })

  it('have a runbook for every alert, and none for others', () => {
    const headings = [...operations.matchAll(/^### (Aviso\w+)$/gm)].map(([, name]) => name)
    expect(headings.sort()).toEqual(rules.map(({ alert }) => alert).sort())
  })
})

describe('alert rules', () => {
  it.each(rules)('$alert says how bad it is, what it means, and where its runbook is', (rule) => {
    expect(['critical', 'warning']).toContain(rule.labels?.severity)
    expect(rule.annotations?.summary).toMatch(/\.$/)
    expect(rule.annotations?.description).toMatch(/\.$/)
    expect(rule.annotations?.runbook).toBe(`docs/operations.md#${rule.alert.toLowerCase()}`)
  })

  it('have each a case in which it fires', () => {
    const cases = parse(read(RULES_TEST)) as {
      tests: { alert_rule_test: { alertname: string; exp_alerts?: unknown[] }[] }[]
    }
    const fired = cases.tests
      .flatMap((test) => test.alert_rule_test)
      .filter(({ exp_alerts: expected = [] }) => expected.length > 0)
      .map(({ alertname }) => alertname)
    expect([...new Set(fired)].sort()).toEqual(rules.map(({ alert }) => alert).sort())
  })
})

describe('the dashboard', () => {
  it('has panels of their own ids and places, within the 24 columns', () => {
    const ids = dashboard.panels.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    const taken = new Set<string>()
    for (const { title, gridPos: at } of dashboard.panels) {
      expect(at.x + at.w, title).toBeLessThanOrEqual(24)
      for (let x = at.x; x < at.x + at.w; x += 1) {
        for (let y = at.y; y < at.y + at.h; y += 1) {
          expect(taken.has(`${x} ${y}`), title).toBe(false)
          taken.add(`${x} ${y}`)
        }
      }
    }
  })

  it('uses only variables that it defines', () => {
    const defined = dashboard.templating.list.map(({ name }) => name)
    const text = read('deploy/grafana/aviso.json')
    const used = [...text.matchAll(/\$\{?(\w+)\}?/g)].map(([, name = '']) => name)
    // Grafana's own begin with __.
    expect(used.filter((name) => !name.startsWith('__') && !defined.includes(name))).toEqual([])
  })
})

const run = promisify(execFile)

describeWith('promtool', 'promtool', (promtool) => {
  it('finds no fault in the rules', async () => {
    const { stdout } = await run(promtool().executablePath, ['check', 'rules', RULES], {
      cwd: ROOT,
    })
    expect(stdout).toContain(`SUCCESS: ${String(rules.length)} rules found`)
  })

  it('sees every alert fire where it has to, and none in an installation that is well', async () => {
    const { stdout } = await run(promtool().executablePath, ['test', 'rules', RULES_TEST], {
      cwd: ROOT,
    })
    expect(stdout).toContain('SUCCESS')
  })
})
