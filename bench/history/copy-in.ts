/** COPY … FROM STDIN over pg, with the server's backpressure. */

import type pg from 'pg'

/** What pg's connection offers for COPY and its types leave out. */
interface CopyConnection {
  query(text: string): void
  sendCopyFromChunk(chunk: Buffer): void
  endCopyFrom(): void
  sendCopyFail(reason: string): void
  stream: NodeJS.WritableStream & { writableNeedDrain: boolean }
}

/** @param chunks text in COPY's own format, cut anywhere */
export function copyIn(client: pg.Client, table: string, chunks: Iterable<Buffer>): Promise<void> {
  return new Promise((resolve, reject) => {
    let failure: Error | undefined
    const submittable = {
      submit(connection: unknown) {
        ;(connection as CopyConnection).query(`copy ${table} from stdin`)
      },
      handleCopyInResponse(connection: CopyConnection) {
        void sendAll(connection, chunks).catch((error: unknown) => {
          connection.sendCopyFail(String(error))
        })
      },
      handleError(error: Error) {
        failure = error
        reject(error)
      },
      handleCommandComplete() {
        // The answer to the query after it says that it is over.
      },
      handleReadyForQuery() {
        if (failure === undefined) resolve()
      },
    }
    client.query(submittable as unknown as pg.Query)
  })
}

async function sendAll(connection: CopyConnection, chunks: Iterable<Buffer>): Promise<void> {
  for (const chunk of chunks) {
    connection.sendCopyFromChunk(chunk)
    if (connection.stream.writableNeedDrain) {
      await new Promise((resolve) => connection.stream.once('drain', resolve))
    }
  }
  connection.endCopyFrom()
}
