import { randomInt } from 'node:crypto'
import type { Server } from 'node:http'
import { createControl } from './control.ts'
import type { EmulatorControl } from './control.ts'
import { createControlApi } from './control-routes.ts'
import { createGraphApi } from './graph-api.ts'
import type { HandshakeResult } from './handshake.ts'
import { createHttpServer } from './http-server.ts'
import { resolveSettings } from './options.ts'
import type { EmulatorOptions } from './options.ts'
import { createWorld } from './world.ts'

/** A running stand-in for Meta's Cloud API. */
export interface Emulator {
  /** `http://127.0.0.1:4000`: the base address of the Graph API. */
  readonly url: string
  readonly port: number
  /** Makes the GET handshake; the address is taken only where it succeeds. */
  setWebhookUrl(url: string): Promise<HandshakeResult>
  readonly control: EmulatorControl
  /** Cuts every connection, forgets every pending status and webhook. */
  close(): Promise<void>
}

/**
 * Starts the emulator. It speaks HTTP only, so a client tells it from Meta by its address alone.
 *
 * @throws what `listen` throws, e.g. EADDRINUSE
 */
export async function openEmulator(options: EmulatorOptions): Promise<Emulator> {
  const settings = resolveSettings(options, randomInt(2 ** 31))
  const world = createWorld(settings, (event) => options.onEvent?.(event))
  const control = createControl(world)
  const server = createHttpServer(world, createGraphApi(world), createControlApi(control))
  const port = await listen(server, settings.port, settings.host)
  if (options.webhookUrl !== undefined) await world.sender.setUrl(options.webhookUrl)

  const host = settings.host.includes(':') ? `[${settings.host}]` : settings.host
  return {
    url: `http://${host}:${String(port)}`,
    port,
    setWebhookUrl: (url) => control.setWebhookUrl(url),
    control,
    async close() {
      const closed = new Promise<void>((resolve) => {
        server.close(() => {
          resolve()
        })
      })
      server.closeAllConnections()
      world.timers.clear()
      await world.sender.close()
      await closed
    },
  }
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      const address = server.address()
      if (address === null || typeof address === 'string') reject(new Error('no TCP address'))
      else resolve(address.port)
    })
  })
}
