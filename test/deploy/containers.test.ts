import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { settings } from '../../src/config/settings.ts'
import { ROOT } from '../architecture/source-files.ts'

const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8')
const packageJson = JSON.parse(read('package.json')) as { engines: { node: string } }

/** Instructions of the Dockerfile: one line each, without comments. */
const instructions = read('Dockerfile')
  .split('\n')
  .filter((line) => !/^\s*#/.test(line))
  .join('\n')
  .replaceAll('\\\n', ' ')
  .split('\n')
  .map((line) => line.trim())
  .filter((line) => line !== '')
const last = instructions.slice(instructions.findLastIndex((line) => line.startsWith('FROM ')))
const findLast = (name: string): string =>
  last.findLast((line) => line.startsWith(`${name} `))?.slice(name.length + 1) ?? ''

describe('the image', () => {
  it('is made from a Node whose minor version is pinned and new enough', () => {
    const image = instructions.find((line) => line.startsWith('ARG NODE_IMAGE='))
    const [, major = '', minor = ''] = /=node:(\d+)\.(\d+)-[a-z-]*slim$/.exec(image ?? '') ?? []
    const [, wantedMajor = '', wantedMinor = ''] =
      /(\d+)\.(\d+)/.exec(packageJson.engines.node) ?? []
    expect(major).toBe(wantedMajor)
    expect(Number(minor)).toBeGreaterThanOrEqual(Number(wantedMinor))
    const bases = instructions.filter((line) => line.startsWith('FROM '))
    expect(bases.every((line) => line.startsWith('FROM ${NODE_IMAGE}'))).toBe(true)
  })

  it('runs as a user with a number that is not root, and as process 1 without a shell', () => {
    expect(findLast('USER')).toMatch(/^[1-9]\d{3,}:[1-9]\d{3,}$/)
    expect(JSON.parse(findLast('ENTRYPOINT'))).toEqual([
      'node',
      '--max-semi-space-size=64',
      '--v8-pool-size=2',
      '/app/bin/aviso.js',
    ])
    expect(JSON.parse(findLast('CMD'))).toEqual(['serve'])
  })

  it('copies only what is in the repository and let through by .dockerignore', () => {
    const sources = instructions
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
      .flatMap((line) => line.split(/\s+/).slice(1, -1))
    const through = read('.dockerignore')
      .split('\n')
      .flatMap((line) => (line.startsWith('!') ? line.slice(1) : []))
    expect(sources.filter((source) => !existsSync(path.join(ROOT, source)))).toEqual([])
    expect([...new Set(sources)].sort()).toEqual(through.sort())
  })

  it('opens the ports that the service listens on by default', () => {
    const ports = [settings.port, settings.metricsPort].map(({ env }) => defaultOf(env))
    expect(findLast('EXPOSE').split(' ')).toEqual(ports)
  })

  it('is healthy while /healthz says so, and not when it does not or nobody answers', async () => {
    const command = JSON.parse(findLast('HEALTHCHECK').replace(/^.*?CMD /, '')) as string[]
    let status = 200
    let asked = ''
    const server = createServer((request, response) => {
      asked = request.url ?? ''
      response.writeHead(status).end()
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    const check = async (): Promise<unknown> => {
      const [name = '', ...args] = command
      const child = spawn(name, args, { env: { ...process.env, PORT: String(port) } })
      return ((await once(child, 'exit')) as unknown[])[0]
    }
    expect(await check()).toBe(0)
    expect(asked).toBe('/healthz')
    status = 503
    expect(await check()).toBe(1)
    await new Promise((resolve) => {
      server.close(resolve)
      server.closeAllConnections()
    })
    expect(await check()).toBe(1)
  })
})

interface Service {
  build?: string
  image?: string
  environment?: Record<string, string>
  depends_on?: Record<string, { condition: string }>
  healthcheck?: { test?: string[]; disable?: boolean }
  ports?: string[]
  read_only?: boolean
  cap_drop?: string[]
  stop_grace_period?: string
  volumes?: string[]
}
const text = read('compose.yaml')
const compose = parse(text) as { services: Record<string, Service>; volumes: Record<string, null> }
const services = Object.entries(compose.services)
const own = services.filter(([, { build }]) => build !== undefined)

describe('compose.yaml', () => {
  it('sets only variables that Aviso knows', () => {
    const known: string[] = Object.values(settings).map(({ env }) => env)
    const names = own.flatMap(([, { environment = {} }]) => Object.keys(environment))
    expect(names.filter((name) => !known.includes(name))).toEqual([])
  })

  it('takes secrets from .env, and says at its top which ones', () => {
    const wanted = [...text.matchAll(/\$\{(\w+):\?[^}]+\}/g)].map(([, name = '']) => name)
    expect(wanted).toEqual(expect.arrayContaining(['POSTGRES_PASSWORD', 'RABBITMQ_PASSWORD']))
    const top = text.slice(0, text.indexOf('\nname:'))
    expect(wanted.filter((name) => !top.includes(`${name}=…`))).toEqual([])
    expect(text).not.toMatch(/(?:PASSWORD|PASS|KEY|SECRET|TOKEN): (?!\$\{)/)
  })

  it('names services that are there, in addresses and in dependencies', () => {
    const names = services.map(([name]) => name)
    const hosts = [...text.matchAll(/@([\w-]+):\d+/g)].map(([, host = '']) => host)
    const needed = services.flatMap(([, { depends_on: needs = {} }]) => Object.keys(needs))
    expect([...hosts, ...needed].filter((name) => !names.includes(name))).toEqual([])
  })

  it('starts the service after its migrations, and these after the database is healthy', () => {
    const { aviso, migrate, postgres, rabbitmq } = compose.services
    expect(aviso?.depends_on).toEqual({
      migrate: { condition: 'service_completed_successfully' },
      rabbitmq: { condition: 'service_healthy' },
    })
    expect(migrate?.depends_on).toEqual({ postgres: { condition: 'service_healthy' } })
    expect(postgres?.healthcheck?.test).toEqual(expect.arrayContaining(['CMD', 'pg_isready']))
    expect(rabbitmq?.healthcheck?.test).toEqual(expect.arrayContaining(['rabbitmq-diagnostics']))
  })

  it('gives our processes a root filesystem to read, no rights, and time to stop', () => {
    for (const [, service] of own) {
      expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'] })
    }
    // An orderly stop takes up to 15 s.
    expect(Number.parseInt(compose.services['aviso']?.stop_grace_period ?? '', 10)).toBeGreaterThan(
      15,
    )
  })

  it('pins the images of others by minor version, keeps their data, and publishes on this machine only', () => {
    for (const [name, { image, volumes = [] }] of services) {
      if (image === undefined) continue
      expect(image, name).toMatch(/:\d+\.\d+/)
      expect(volumes.map((volume) => volume.split(':')[0])).toEqual([name])
      expect(Object.keys(compose.volumes)).toContain(name)
    }
    const ports = services.flatMap(([, { ports: published = [] }]) => published)
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([])
  })
})

function defaultOf(env: string): string {
  const line = read('.env.example')
    .split('\n')
    .find((one) => one.startsWith(`# ${env}=`))
  return line?.split('=')[1] ?? ''
}
