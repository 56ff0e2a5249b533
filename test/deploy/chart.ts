/** The Helm chart, read and rendered. */

import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { parse, parseAllDocuments } from 'yaml'
import { ROOT } from '../architecture/source-files.ts'

export const CHART = path.join(ROOT, 'deploy/helm/aviso')
const RENDERER = path.join(ROOT, 'test/deploy/render-chart/main.go')

export type Labels = Record<string, string>

export interface Container {
  name: string
  image: string
  args: string[]
  env: {
    name: string
    value?: string
    valueFrom?: { secretKeyRef: { name: string; key: string } }
  }[]
  envFrom?: { secretRef?: { name: string }; configMapRef?: { name: string } }[]
  ports?: { name: string; containerPort: number }[]
  livenessProbe?: { httpGet: { path: string; port: string } }
  readinessProbe?: { httpGet: { path: string; port: string } }
  lifecycle?: { preStop: { exec: { command: string[] } } }
  securityContext: Record<string, unknown>
  resources: Record<string, unknown>
}

export interface Pod {
  metadata: { labels: Labels; annotations?: Labels }
  spec: {
    automountServiceAccountToken: boolean
    securityContext: Record<string, unknown>
    terminationGracePeriodSeconds?: number
    restartPolicy?: string
    containers: Container[]
  }
}

/** What the tests read of any object; each kind has some of it. */
export interface Manifest {
  apiVersion: string
  kind: string
  metadata: { name: string; labels: Labels; annotations?: Labels }
  data?: Labels | null
  spec: {
    replicas?: number
    selector?: Labels & { matchLabels?: Labels }
    template?: Pod
    ports?: { name: string; port: number; targetPort: string }[]
    podSelector?: { matchLabels: Labels }
    ingress?: { ports: { port: number }[]; from?: unknown[] }[]
    egress?: { ports: { port: number }[] }[]
    scaleTargetRef?: { kind: string; name: string }
    rules?: { http: { paths: { path: string; backend: { service: { name: string } } }[] } }[]
    groups?: unknown[]
    [key: string]: unknown
  }
}

export interface Values {
  deployments: Record<string, Record<string, unknown> & { roles: string[] }>
  preStopSeconds: number
  terminationGracePeriodSeconds: number
  [key: string]: unknown
}

export const readChart = (file: string): string => readFileSync(path.join(CHART, file), 'utf8')
export const defaults = (): Values => parse(readChart('values.yaml')) as Values

/**
 * @param more laid over the chart's values, one level deep
 * @throws Error with the template's words where it refuses the values
 */
export async function renderChart(
  go: string,
  more: Record<string, unknown> = {},
): Promise<Manifest[]> {
  const { name, version, appVersion } = parse(readChart('Chart.yaml')) as Record<string, string>
  const input = JSON.stringify({
    values: { ...defaults(), ...more },
    chart: { Name: name, Version: version, AppVersion: appVersion },
    release: { Name: 'shop', Namespace: 'orders', Service: 'Helm' },
  })
  const env = { ...process.env, GO111MODULE: 'off', GOFLAGS: '' }
  const stdout = await new Promise<string>((resolve, reject) => {
    const child = execFile(go, ['run', RENDERER, CHART], { env }, (error, out, words) => {
      if (error === null) resolve(out)
      else reject(new Error(words))
    })
    child.stdin?.end(input)
  })
  const rendered = JSON.parse(stdout) as Record<string, string>
  return Object.entries(rendered)
    .filter(([file]) => file.endsWith('.yaml'))
    .flatMap(([file, text]) =>
      parseAllDocuments(text).flatMap((document) => {
        const [fault] = document.errors
        if (fault !== undefined) throw new Error(`${file}: ${fault.message}`)
        return (document.toJS() as Manifest | null) ?? []
      }),
    )
}

export const isSelected = (labels: Labels, selector: Labels): boolean =>
  Object.entries(selector).every(([key, value]) => labels[key] === value)
