import { readFileSync } from 'node:fs'
import path from 'node:path'
import { Ajv } from 'ajv'
import { beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { readRoles } from '../../src/config/checks.ts'
import { ROLES } from '../../src/config/serve-config.ts'
import { settings } from '../../src/config/settings.ts'
import { ROOT } from '../architecture/source-files.ts'
import { describeWith } from '../support/describe-with.ts'
import { defaults, isSelected, readChart, renderChart } from './chart.ts'
import type { Container, Labels, Manifest, Pod } from './chart.ts'

/** How long an orderly stop may take: docs/operations.md. */
const STOP_SECONDS = 15
const known: string[] = Object.values(settings).map(({ env }) => env)
const isValid = new Ajv({ allErrors: true }).compile(
  JSON.parse(readChart('values.schema.json')) as object,
)
const rules = readFileSync(path.join(ROOT, 'deploy/prometheus/aviso.rules.yaml'), 'utf8')

describe('the chart', () => {
  it('has the version of the package, and the rules that are tried', () => {
    const { version } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
      version: string
    }
    const chart = parse(readChart('Chart.yaml')) as { version: string; appVersion: string }
    expect([chart.version, chart.appVersion]).toEqual([version, version])
    expect(readChart('files/aviso.rules.yaml'), 'cp deploy/prometheus/aviso.rules.yaml').toBe(rules)
  })

  it('has values that fit its schema, with every role somewhere, and time to stop', () => {
    const values = defaults()
    expect(isValid(values), JSON.stringify(isValid.errors)).toBe(true)
    const roles = Object.values(values.deployments).flatMap((deployment) => deployment.roles)
    expect([...new Set(roles)].sort()).toEqual([...ROLES].sort())
    const { preStopSeconds, terminationGracePeriodSeconds } = values
    expect(terminationGracePeriodSeconds).toBeGreaterThan(preStopSeconds + STOP_SECONDS)
  })

  it.each([
    ['a value misspelt', { replicaCount: 3 }],
    ['a role that is none', { deployments: { all: { ...deployment(), roles: ['sender'] } } }],
    ['a name that is no part of a host name', { deployments: { All: deployment() } }],
    ['a port that the chart sets itself', { config: { PORT: '80' } }],
    ['a number where a variable is a text', { config: { AVISO_MAX_MPS: 80 } }],
    ['less time than a stop takes', { terminationGracePeriodSeconds: 10 }],
    ['no Secret', { secretName: '' }],
  ])('refuses %s', (_what, wrong) => {
    expect(isValid({ ...defaults(), ...wrong })).toBe(false)
  })

  it('names every variable that a start needs, and none that Aviso does not know', () => {
    const text = readChart('values.yaml')
    const needed = Object.values(settings).filter((one) => one.absent.kind === 'required')
    for (const { env } of needed) expect(text).toContain(env)
    const named = text.match(/\b(?:WHATSAPP|AVISO|RABBITMQ|DATABASE)_[A-Z_]+\b/g) ?? []
    expect(named.filter((name) => !known.includes(name))).toEqual([])
  })
})

describeWith('go', 'the rendered chart', (go) => {
  let plain: Manifest[] = []
  let full: Manifest[] = []
  beforeAll(async () => {
    plain = await renderChart(go().executablePath)
    full = await renderChart(go().executablePath, everything())
  })
  const both = () => [...plain, ...full]
  const ofKind = (kind: string, from = full) => from.filter((one) => one.kind === kind)
  const named = (kind: string, name: string) =>
    ofKind(kind).find((one) => one.metadata.name === name)

  it('is objects of known kinds, each with a name of its own', () => {
    const count = (from: Manifest[]) => from.map(({ kind }) => kind).sort()
    expect(count(plain)).toEqual(
      [
        ['ConfigMap', 'Job', 'NetworkPolicy'],
        ...Array<string[]>(3).fill(['Deployment', 'PodDisruptionBudget', 'Service']),
      ]
        .flat()
        .sort(),
    )
    expect(ofKind('HorizontalPodAutoscaler')).toHaveLength(1)
    expect(ofKind('Ingress')).toHaveLength(1)
    expect(ofKind('ServiceMonitor')).toHaveLength(1)
    const names = full.map(({ kind, metadata }) => `${kind} ${metadata.name}`)
    expect(new Set(names).size).toBe(names.length)
    for (const { metadata } of both()) expect(metadata.name).toMatch(/^shop-aviso(-[a-z]+)?$/)
  })

  it('runs every process without rights, on a root filesystem that it can only read', () => {
    const [, uid, gid] = /^USER (\d+):(\d+)$/m.exec(dockerfile()) ?? []
    for (const pod of podsOf(both())) {
      expect(pod.spec.automountServiceAccountToken).toBe(false)
      expect(pod.spec.securityContext).toEqual({
        runAsNonRoot: true,
        runAsUser: Number(uid),
        runAsGroup: Number(gid),
        seccompProfile: { type: 'RuntimeDefault' },
      })
      for (const container of pod.spec.containers) {
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        })
        expect(container.resources).toHaveProperty('limits.memory')
      }
    }
  })

  it('starts serve with the roles of each deployment, and variables that Aviso knows', () => {
    for (const container of containersOf(ofKind('Deployment'))) {
      const [command, flag, roles] = container.args
      expect([command, flag]).toEqual(['serve', '--roles'])
      expect(readRoles(roles).problems).toEqual([])
      expect(container.env.map(({ name }) => name).filter((name) => !known.includes(name))).toEqual(
        [],
      )
      expect(container.envFrom).toEqual([
        { secretRef: { name: 'aviso' } },
        { configMapRef: { name: 'shop-aviso' } },
      ])
    }
    expect(named('ConfigMap', 'shop-aviso')?.data).toEqual({ AVISO_MAX_MPS: '80' })
  })

  it('asks /healthz and /readyz, at the ports that the process is told to listen on', () => {
    for (const { env, ports, ...container } of containersOf(both().filter(isDeployment))) {
      const value = (wanted: string) => Number(env.find(({ name }) => name === wanted)?.value)
      expect(ports).toEqual([
        { name: 'http', containerPort: value('PORT') },
        { name: 'metrics', containerPort: value('AVISO_METRICS_PORT') },
      ])
      expect(container.livenessProbe?.httpGet).toEqual({ path: '/healthz', port: 'http' })
      expect(container.readinessProbe?.httpGet).toEqual({ path: '/readyz', port: 'http' })
    }
  })

  it('leaves each process the time for the requests on their way here and an orderly stop', () => {
    for (const { spec } of podsOf(both().filter(isDeployment))) {
      const [command, seconds] = spec.containers[0]?.lifecycle?.preStop.exec.command ?? []
      expect(command).toBe('sleep')
      expect(spec.terminationGracePeriodSeconds).toBeGreaterThan(Number(seconds) + STOP_SECONDS)
    }
  })

  it('sends requests to the processes with the role for them, and reads the figures of all', () => {
    const names = (service: string) =>
      ofKind('Deployment')
        .filter((one) => isSelected(labelsOf(one), selectorOf(service)))
        .map(({ metadata }) => metadata.name)
        .sort()
    const selectorOf = (service: string) =>
      (named('Service', service)?.spec.selector ?? {}) as Labels
    expect(names('shop-aviso-api')).toEqual(['shop-aviso-api'])
    expect(names('shop-aviso-webhook')).toEqual(['shop-aviso-webhook'])
    expect(names('shop-aviso-metrics')).toHaveLength(3)
    const job = ofKind('Job')[0]
    for (const service of ofKind('Service')) {
      const selector = service.spec.selector as Labels
      expect(isSelected(job?.spec.template?.metadata.labels ?? {}, selector)).toBe(false)
      for (const { targetPort } of service.spec.ports ?? []) {
        expect(['http', 'metrics']).toContain(targetPort)
      }
    }
    const [monitor] = ofKind('ServiceMonitor')
    const watched = ofKind('Service').filter(({ metadata }) =>
      isSelected(metadata.labels, monitor?.spec.selector?.matchLabels ?? {}),
    )
    expect(watched.map(({ metadata }) => metadata.name)).toEqual(['shop-aviso-metrics'])
  })

  it('has each deployment choose its own pods only, and so its budget and its scaling', () => {
    for (const { metadata, spec } of ofKind('Deployment')) {
      const chosen = podsOf(full).filter((pod) =>
        isSelected(pod.metadata.labels, spec.selector?.matchLabels ?? {}),
      )
      expect(chosen).toEqual([spec.template])
      const budget = ofKind('PodDisruptionBudget').find(
        (one) => one.metadata.name === metadata.name,
      )
      expect(budget?.spec.selector).toEqual(spec.selector)
    }
    const [scaler] = ofKind('HorizontalPodAutoscaler')
    const scaled = ofKind('Deployment').find(
      ({ metadata }) => metadata.name === scaler?.spec.scaleTargetRef?.name,
    )
    // Its number is the scaler's: one that stands here would be set back with every upgrade.
    expect(scaled?.spec).not.toHaveProperty('replicas')
  })

  it('migrates before its processes start, with the address of the database alone', () => {
    const [job] = ofKind('Job', plain)
    expect(job?.metadata.annotations?.['helm.sh/hook']).toBe('pre-install,pre-upgrade')
    const [container] = job?.spec.template?.spec.containers ?? []
    expect(container?.args).toEqual(['migrate'])
    expect(container?.env).toEqual([
      { name: 'DATABASE_URL', valueFrom: { secretKeyRef: { name: 'aviso', key: 'DATABASE_URL' } } },
    ])
  })

  it('lets in to its ports only, to the metrics only who may, and out where it has to go', () => {
    const [policy] = ofKind('NetworkPolicy', plain)
    const { podSelector, ingress = [], egress = [] } = policy?.spec ?? {}
    for (const pod of podsOf(plain)) {
      expect(isSelected(pod.metadata.labels, podSelector?.matchLabels ?? {})).toBe(true)
    }
    expect(ingress.map(({ ports, from }) => [ports[0]?.port, from?.length ?? 'everybody'])).toEqual(
      [
        [8080, 'everybody'],
        [9464, 1],
      ],
    )
    const out = egress.flatMap(({ ports }) => ports.map(({ port }) => port))
    expect(out).toEqual([53, 53, 5432, 5672, 5671, 443])
  })

  it('shows Meta the webhook and nothing else, and not without an address', async () => {
    const [ingress] = ofKind('Ingress')
    expect(ingress?.spec.rules?.flatMap(({ http }) => http.paths)).toMatchObject([
      { path: '/api/v1/whatsapp/webhook', backend: { service: { name: 'shop-aviso-webhook' } } },
    ])
    const without = renderChart(go().executablePath, {
      ingress: { enabled: true, className: '', host: '', tlsSecretName: 'x', annotations: {} },
    })
    await expect(without).rejects.toThrow('ingress.host')
  })

  it('brings the rules as they are', () => {
    const [rule] = ofKind('PrometheusRule')
    expect(rule?.spec).toEqual(parse(rules))
  })

  it('is one process for everything where one deployment has every role', async () => {
    const one = { ...deployment(), roles: [...ROLES] }
    const all = await renderChart(go().executablePath, { deployments: { all: one } })
    const [pod] = podsOf(all.filter(isDeployment))
    const services = all.filter(({ kind }) => kind === 'Service')
    expect(services).toHaveLength(3)
    for (const { spec } of services) {
      expect(isSelected(pod?.metadata.labels ?? {}, spec.selector as Labels)).toBe(true)
    }
  })
})

function dockerfile(): string {
  return readFileSync(path.join(ROOT, 'Dockerfile'), 'utf8')
}

function deployment() {
  const [first] = Object.values(defaults().deployments)
  return first ?? { roles: [] }
}

/** Everything switched on, with something in every place that is empty by default. */
function everything(): Record<string, unknown> {
  const { deployments } = defaults()
  const autoscaling = { enabled: true, minReplicas: 2, maxReplicas: 4, targetCPUUtilization: 300 }
  return {
    config: { AVISO_MAX_MPS: '80' },
    deployments: { ...deployments, webhook: { ...deployments['webhook'], autoscaling } },
    image: {
      repository: 'registry.example/aviso',
      tag: '1',
      pullPolicy: 'Always',
      pullSecrets: ['x'],
    },
    service: { type: 'ClusterIP', port: 80, annotations: { a: 'b' } },
    ingress: {
      enabled: true,
      className: 'nginx',
      host: 'aviso.example',
      tlsSecretName: 'tls',
      annotations: { 'nginx.ingress.kubernetes.io/proxy-body-size': '4m' },
    },
    networkPolicy: {
      enabled: true,
      httpFrom: [{ podSelector: {} }],
      metricsFrom: [],
      egressPorts: [443],
    },
    serviceMonitor: { enabled: true, interval: '15s', labels: { release: 'x' } },
    prometheusRule: { enabled: true, labels: { release: 'x' } },
    podAnnotations: { a: 'b' },
    podLabels: { team: 'purchasing' },
    nodeSelector: { 'kubernetes.io/arch': 'amd64' },
    tolerations: [{ key: 'only', operator: 'Exists', effect: 'NoSchedule' }],
    affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } },
  }
}

function isDeployment({ kind }: Manifest): boolean {
  return kind === 'Deployment'
}

function podsOf(manifests: readonly Manifest[]): Pod[] {
  return manifests.flatMap(({ spec }) => (spec as Manifest['spec'] | undefined)?.template ?? [])
}

function containersOf(manifests: readonly Manifest[]): Container[] {
  return podsOf(manifests).flatMap((pod) => pod.spec.containers)
}

function labelsOf(manifest: Manifest): Labels {
  return manifest.spec.template?.metadata.labels ?? {}
}
