import type { FastifyInstance, FastifyRequest } from 'fastify'

/**
 * Remembers which methods each address takes, from the routes as they are registered.
 *
 * @returns the methods that the address of a request takes, in alphabetical order; none where there is
 *   nothing at it
 */
export function watchMethods(app: FastifyInstance): (request: FastifyRequest) => string[] {
  const routes: { method: string; pattern: RegExp }[] = []
  app.addHook('onRoute', ({ method, url }) => {
    const pattern = toPattern(url)
    for (const one of [method].flat()) routes.push({ method: one, pattern })
  })
  return (request) => {
    const path = request.url.split('?', 1)[0] ?? ''
    const methods = routes.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method)
    return [...new Set(methods)].sort()
  }
}

/** `/messages/:id/retry` as an expression; a star stands for the rest. */
function toPattern(url: string): RegExp {
  const escaped = url.replace(/[.+?^${}()|[\]\\]/g, String.raw`\$&`)
  return new RegExp(`^${escaped.replace(/:[^/]+/g, '[^/]+').replaceAll('*', '.*')}$`)
}
