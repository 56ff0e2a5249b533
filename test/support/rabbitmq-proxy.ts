import { openTcpProxy, through } from './tcp-proxy.ts'
import type { TcpProxy } from './tcp-proxy.ts'

export interface BrokerProxy extends TcpProxy {
  /** The broker's address, through the proxy. */
  url: string
}

/** Stands between a client and the broker, so that a test can take the broker away. */
export async function openBrokerProxy(brokerUrl: string): Promise<BrokerProxy> {
  const { port } = new URL(brokerUrl)
  const proxy = await openTcpProxy(() => [port === '' ? 5672 : Number(port)])
  return Object.assign(proxy, { url: through(proxy, brokerUrl) })
}
