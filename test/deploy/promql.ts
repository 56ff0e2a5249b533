/** What a test wants to know of queries: which metrics they name, and by which labels they choose. */

const METRIC = /\b(?:aviso|process|nodejs)_[a-z0-9_]+\b/g

export interface Matcher {
  metric: string
  label: string
  /** `=`, `=~`, `!=`, `!~` */
  operator: string
  value: string
}

export function metricsIn(query: string): string[] {
  return [...new Set(query.match(METRIC) ?? [])]
}

export function matchersIn(query: string): Matcher[] {
  return [...query.matchAll(/(\w+)\{([^}]*)\}/g)].flatMap(([, metric = '', inside = '']) =>
    [...inside.matchAll(/(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g)].map(
      ([, label = '', operator = '', value = '']) => ({ metric, label, operator, value }),
    ),
  )
}

/** The name of the metric that a series belongs to: a histogram has three kinds. */
export function metricOf(series: string, histograms: ReadonlySet<string>): string {
  const base = series.replace(/_(bucket|sum|count)$/, '')
  return histograms.has(base) ? base : series
}
