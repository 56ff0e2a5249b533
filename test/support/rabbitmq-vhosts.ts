import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { Connection } from 'rabbitmq-client'
import { afterAll, beforeAll, describe, inject } from 'vitest'
import './describe-with.ts'

/** A virtual host of one suite: nothing that others made is in it. */
export interface Vhost {
  name: string
  /** With user and password. */
  url: string
  /** Of the user of `url`, as regular expressions of names; `.*` is everything. */
  permit(permissions: Permissions): Promise<void>
}

export interface Permissions {
  configure: string
  write: string
  read: string
}

interface Administration {
  add(name: string): Promise<void>
  remove(name: string): Promise<void>
  permit(name: string, user: string, permissions: Permissions): Promise<void>
}

type FoundAdministration = { found: Administration } | { found: undefined; reason: string }

const EVERYTHING: Permissions = { configure: '.*', write: '.*', read: '.*' }
const ANSWER_WITHIN_MS = 10_000
const run = promisify(execFile)

/**
 * A suite that needs a virtual host of its own on the broker: made before it, deleted after it. Where
 * there is no broker, or none may be made, the suite is skipped by name and with the reason.
 *
 * Await it: whether a virtual host may be made is found out by making one.
 */
export async function describeWithVhost(
  suiteName: string,
  body: (vhost: () => Vhost) => void,
): Promise<void> {
  const broker = inject('services').rabbitmq
  const administration: FoundAdministration = broker.found
    ? await findAdministration(broker.url)
    : { found: undefined, reason: broker.reason }
  const { found } = administration
  const skip =
    found === undefined
      ? { skip: true, meta: { skipReason: `needs rabbitmq: ${administration.reason}` } }
      : {}
  describe(suiteName, skip, () => {
    let vhost: Vhost | undefined
    beforeAll(async () => {
      if (found !== undefined && broker.found) vhost = await makeVhost(broker.url, found)
    })
    afterAll(async () => {
      if (vhost !== undefined) await found?.remove(vhost.name)
    })
    body(() => {
      if (vhost === undefined) throw new Error('the virtual host is not made yet')
      return vhost
    })
  })
}

async function makeVhost(brokerUrl: string, administration: Administration): Promise<Vhost> {
  const url = new URL(brokerUrl)
  const name = `aviso_test_${randomBytes(6).toString('hex')}`
  const user = decodeURIComponent(url.username)
  await administration.add(name)
  url.pathname = `/${name}`
  const permit = (permissions: Permissions) => administration.permit(name, user, permissions)
  await permit(EVERYTHING)
  return { name, url: url.href, permit }
}

/** By making a virtual host and opening it over AMQP: `rabbitmqctl` may belong to another broker. */
async function findAdministration(brokerUrl: string): Promise<FoundAdministration> {
  const refusals: string[] = []
  const candidates: [string, Administration][] = [
    ['rabbitmqctl', rabbitmqctl()],
    ['the management API', managementApi(brokerUrl)],
  ]
  for (const [name, administration] of candidates) {
    try {
      const vhost = await makeVhost(brokerUrl, administration)
      const problem = await tryToOpen(vhost.url)
      await administration.remove(vhost.name)
      if (problem === undefined) return { found: administration }
      refusals.push(`${name} belongs to another broker (${problem})`)
    } catch (error) {
      refusals.push(`${name}: ${firstLine(error)}`)
    }
  }
  return { found: undefined, reason: `no virtual host can be made: ${refusals.join('; ')}` }
}

function rabbitmqctl(): Administration {
  const call = async (...args: string[]): Promise<void> => {
    await run('rabbitmqctl', ['--quiet', ...args], { timeout: ANSWER_WITHIN_MS })
  }
  return {
    add: (name) => call('add_vhost', name),
    remove: (name) => call('delete_vhost', name),
    permit: (name, user, { configure, write, read }) =>
      call('set_permissions', '-p', name, user, configure, write, read),
  }
}

/** On its standard port, as the user of the address. */
function managementApi(brokerUrl: string): Administration {
  const { hostname, username, password } = new URL(brokerUrl)
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  const call = async (method: string, path: string, body: object = {}): Promise<void> => {
    const response = await fetch(`http://${hostname}:15672/api/${path}`, {
      method,
      headers: {
        authorization: `Basic ${Buffer.from(login).toString('base64')}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    })
    if (!response.ok) throw new Error(`it answered ${String(response.status)}`)
  }
  return {
    add: (name) => call('PUT', `vhosts/${name}`),
    remove: (name) => call('DELETE', `vhosts/${name}`),
    permit: (name, user, permissions) =>
      call('PUT', `permissions/${name}/${encodeURIComponent(user)}`, permissions),
  }
}

/** @returns why it cannot be opened */
async function tryToOpen(url: string): Promise<string | undefined> {
  const connection = new Connection({ url, connectionTimeout: ANSWER_WITHIN_MS })
  const problem = await new Promise<string | undefined>((resolve) => {
    connection.once('connection', () => resolve(undefined))
    connection.on('error', (error: Error) => resolve(error.message))
  })
  connection.unsafeDestroy()
  return problem
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return (
    message
      .split('\n')
      .filter((line) => line.trim() !== '')
      .at(-1) ?? 'failed'
  )
}
