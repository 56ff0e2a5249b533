/**
 * When the messages of a batch are due. A batch lets them go by and by: what waits for it is queued, and
 * due when it expires. Whatever else queues a message of a batch asks here, so that a hold that ends or a
 * send that is tried again overtakes neither the batch's pace nor its pause.
 */

const inBatch = (m: string, ...states: readonly string[]): string =>
  `(${m}.batch_id is not null and exists (select 1 from whatsapp_batches b
    where b.id = ${m}.batch_id and b.state in (${states.map((state) => `'${state}'`).join(', ')})))`

/** SQL: whether the batch of message `m` is paused. */
export const isOfPausedBatch = (m: string): string => inBatch(m, 'paused')

/** SQL: whether a message waits for its batch to let it go. */
export const waitsForBatch = (m: string): string =>
  `${m}.state = 'queued' and ${m}.due_at = ${m}.expires_at`

/**
 * SQL: when message `m` is due that nothing holds any more. Now; or when its batch lets it go again, which
 * looks for such once a second while it is under way.
 */
export const dueOnceReleased = (m: string): string =>
  `case when ${inBatch(m, 'running', 'paused')} then ${m}.expires_at else clock_timestamp() end`

/**
 * SQL: when message `m` is sent again that was under way: at `at`. Where its batch was paused meanwhile, when
 * that goes on. Never just when it expires, which would say that it waits for its batch.
 */
export const dueAgain = (m: string, at: string): string =>
  `case when ${m}.batch_id is null then ${at} when ${isOfPausedBatch(m)} then ${m}.expires_at
    else least(${at}, ${m}.expires_at - interval '1 millisecond') end`
