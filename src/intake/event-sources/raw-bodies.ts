import type { AsyncMessage, Channel, SyncMessage } from 'rabbitmq-client'
import { AppError } from '../../lib/errors.ts'
import type { Delivery } from '../event-source.ts'

/** A message of a channel that `keepBodiesRaw` was called for. */
type Received = (AsyncMessage | SyncMessage) & { sentContentType?: unknown }

interface HeaderFrame {
  fields: Record<string, unknown>
}

/**
 * Makes the channel leave bodies alone.
 *
 * rabbitmq-client parses what is marked `application/json` or `text/plain`, and then the bytes are
 * gone: digits of an amount, keys that came twice, text that is not UTF-8. It has no switch for that
 * and decides by the content type of the header frame, so the frame reaches it with the content type
 * under another name. `_onHeader` is not part of its public face: a version without it is refused here,
 * before anything is consumed.
 *
 * @throws AppError `internal`
 */
export function keepBodiesRaw(channel: Channel): void {
  const inner = channel as unknown as { _onHeader?: (frame: HeaderFrame) => void }
  const { _onHeader: read } = inner
  if (typeof read !== 'function') {
    throw new AppError('internal', 'this version of rabbitmq-client cannot keep message bodies')
  }
  inner._onHeader = (frame) => {
    const { contentType, ...fields } = frame.fields
    read.call(channel, { ...frame, fields: { ...fields, sentContentType: contentType } })
  }
}

/** @throws AppError `internal` for a message of a channel whose bodies are parsed */
export function toDelivery(message: AsyncMessage | SyncMessage): Delivery {
  const { headers, sentContentType }: Received = message
  const body: unknown = message.body
  if (!Buffer.isBuffer(body)) {
    throw new AppError('internal', 'a message came without its bytes')
  }
  return {
    raw: body,
    contentType: typeof sentContentType === 'string' ? sentContentType : undefined,
    headers: { ...headers },
    source: 'rabbitmq',
    onlyTenant: null,
  }
}

/** How often the message came before; a quorum queue counts from the second time on. */
export function deliveryCountOf(message: AsyncMessage | SyncMessage): number {
  const count: unknown = message.headers?.['x-delivery-count']
  return typeof count === 'number' ? count : 0
}
