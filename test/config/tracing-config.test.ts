import { describe, expect, it } from 'vitest'
import { loadServeConfig } from '../../src/config.ts'
import type { Env } from '../../src/config.ts'

const REQUIRED = {
  WHATSAPP_ACCESS_TOKEN: 'EAAtoken',
  WHATSAPP_PHONE_NUMBER_ID: '106540352242922',
  WHATSAPP_BUSINESS_ACCOUNT_ID: '102290129340398',
  WHATSAPP_APP_SECRET: 'a'.repeat(32),
  WHATSAPP_WEBHOOK_VERIFY_TOKEN: 'verify-me',
}
const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/' }

const load = (env: Env) => loadServeConfig({ ...REQUIRED, ...env }, { now: new Date() })
const tracingOf = (env: Env) => {
  const loaded = load(env)
  return loaded.ok ? loaded.config.tracing : loaded.problems
}

describe('the variables of OpenTelemetry', () => {
  it('trace every order to /v1/traces of the endpoint', () => {
    expect(tracingOf(ENDPOINT)).toEqual({
      url: 'http://collector:4318/v1/traces',
      headers: {},
      serviceName: 'aviso',
      attributes: {},
      ratio: 1,
    })
  })

  it('are read as OpenTelemetry writes them', () => {
    expect(
      tracingOf({
        ...ENDPOINT,
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://traces.example.com/in',
        OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Basic%20dTpw, x-tenant = shop',
        OTEL_SERVICE_NAME: 'orders',
        OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=production,zone=a=b',
        OTEL_TRACES_SAMPLER: 'traceidratio',
        OTEL_TRACES_SAMPLER_ARG: '0.25',
      }),
    ).toEqual({
      url: 'https://traces.example.com/in',
      headers: { authorization: 'Basic dTpw', 'x-tenant': 'shop' },
      serviceName: 'orders',
      attributes: { 'deployment.environment.name': 'production', zone: 'a=b' },
      ratio: 0.25,
    })
  })

  it.each([
    ['no endpoint', { OTEL_TRACES_SAMPLER: 'always_on' }],
    ['always_off', { ...ENDPOINT, OTEL_TRACES_SAMPLER: 'parentbased_always_off' }],
    ['a share of 0', { ...ENDPOINT, OTEL_TRACES_SAMPLER_ARG: '0' }],
  ])('trace nothing with %s', (_what, env) => {
    expect(tracingOf(env)).toBeNull()
  })

  it('trace every order with always_on, whatever the share', () => {
    const env = { OTEL_TRACES_SAMPLER: 'always_on', OTEL_TRACES_SAMPLER_ARG: '0.1' }
    expect(tracingOf({ ...ENDPOINT, ...env })).toMatchObject({ ratio: 1 })
  })

  it.each([
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' }, 'OTEL_EXPORTER_OTLP_ENDPOINT '],
    [{ OTEL_TRACES_SAMPLER: 'xray' }, 'OTEL_TRACES_SAMPLER="xray" is none of'],
    [{ OTEL_TRACES_SAMPLER_ARG: '10%' }, 'OTEL_TRACES_SAMPLER_ARG="10%" is not a number'],
    [{ OTEL_TRACES_SAMPLER_ARG: '2' }, 'OTEL_TRACES_SAMPLER_ARG="2" is not a number'],
    [{ OTEL_RESOURCE_ATTRIBUTES: 'zone' }, 'OTEL_RESOURCE_ATTRIBUTES="zone" has a part'],
    [{ OTEL_EXPORTER_OTLP_HEADERS: 'key=my%secret' }, 'OTEL_EXPORTER_OTLP_HEADERS has a value'],
  ])('are refused where they are malformed: %j', (env, beginning) => {
    const loaded = load(env)
    const problems = loaded.ok ? [] : loaded.problems
    expect(problems).toEqual([expect.stringContaining(beginning)])
    expect(problems[0]).not.toContain('secret')
  })
})
