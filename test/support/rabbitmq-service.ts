import { connect } from 'node:net'
import type { Services } from './services.ts'

const STANDARD_URL = 'amqp://guest:guest@127.0.0.1:5672'
const ANSWER_WITHIN_MS = 2000
/** The first bytes of an AMQP 0-9-1 client; a broker answers with a method frame (type 1). */
const PROTOCOL_HEADER = Buffer.from([0x41, 0x4d, 0x51, 0x50, 0, 0, 9, 1])
const METHOD_FRAME = 1

/**
 * The broker for the AMQP suites: `RABBITMQ_URL`, else the standard port of this machine. Only a
 * greeting is exchanged: whether a virtual host may be made is found out by the suite that needs one.
 */
export async function findRabbitmq(env: NodeJS.ProcessEnv): Promise<Services['rabbitmq']> {
  const given = env['RABBITMQ_URL'] ?? ''
  const refusals: string[] = []
  for (const url of given === '' ? [STANDARD_URL] : [given, STANDARD_URL]) {
    const name = url === given ? 'RABBITMQ_URL' : '127.0.0.1:5672'
    const problem = await greet(url)
    if (problem === undefined) {
      const where = refusals.length === 0 ? name : `${name} (not ${refusals.join('; ')})`
      return { found: true, where, url }
    }
    refusals.push(`${name}: ${problem}`)
  }
  return { found: false, reason: refusals.join('; ') }
}

/** @returns what is wrong, or undefined when an AMQP broker answers */
function greet(address: string): Promise<string | undefined> {
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url?.protocol !== 'amqp:') return Promise.resolve('not an amqp:// address')
  const port = url.port === '' ? 5672 : Number(url.port)
  return new Promise((resolve) => {
    const socket = connect({ host: url.hostname, port })
    const settle = (problem?: string) => {
      socket.destroy()
      resolve(problem)
    }
    socket.setTimeout(ANSWER_WITHIN_MS, () => {
      settle('no answer in 2 s')
    })
    socket.once('connect', () => socket.write(PROTOCOL_HEADER))
    socket.once('data', (bytes) => {
      settle(bytes[0] === METHOD_FRAME ? undefined : 'it does not speak AMQP 0-9-1')
    })
    socket.once('error', (error: NodeJS.ErrnoException) => {
      settle(error.code ?? error.message)
    })
    socket.once('end', () => {
      settle('it hung up')
    })
  })
}
