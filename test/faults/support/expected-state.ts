/** What statuses make of a message, told without the service's code: the checker's own reading of it. */

/** `failed` stands below `delivered`: of several devices one may fail and another deliver. */
export const DELIVERY_RANK: Readonly<Record<string, number>> = {
  accepted: 1,
  sent: 2,
  failed: 3,
  delivered: 4,
  read: 5,
}

/** The state of a message that Meta accepted, from all that Meta said of it. */
export function expectedState(statuses: readonly string[]): string {
  return statuses.reduce(
    (best, next) => ((DELIVERY_RANK[next] ?? 0) > (DELIVERY_RANK[best] ?? 0) ? next : best),
    'accepted',
  )
}
