/**
 * Where suites find the services they cannot bring along: looked up once for a run, in global-setup.ts,
 * and given to every test file. A service that is not there is a value with a reason, not an error: the
 * suites that need it are then skipped by name, and `CI=true npm test` calls that a failure.
 */

import { findChromium } from './chromium-service.ts'
import { findPostgres } from './postgres-service.ts'
import { findRabbitmq } from './rabbitmq-service.ts'
import { findTool } from './tool-service.ts'

/** `where` is for the reader of the test log; it carries no password. */
export type Found<T> = ({ found: true; where: string } & T) | { found: false; reason: string }

/** A type and not an interface, so that Object.entries knows its values. */
export type Services = {
  postgres: Found<{
    /** A database to connect to for `create database`; nothing else is done in it. */
    adminUrl: string
    /** Beginning of the name of every database that this run makes. */
    prefix: string
  }>
  rabbitmq: Found<{ url: string }>
  chromium: Found<{ executablePath: string }>
  /** Checks and tries rules of Prometheus. */
  promtool: Found<{ executablePath: string }>
  /** Its template engine is Helm's. */
  go: Found<{ executablePath: string }>
}

declare module 'vitest' {
  export interface ProvidedContext {
    services: Services
  }
}

export interface OpenServices {
  services: Services
  /** Drops every database of this run and stops what was started for it. */
  close(): Promise<void>
}

/** Looks for all services. Takes some 50 ms where PostgreSQL runs, 1 to 2 s where it must be started. */
export async function openServices(env: NodeJS.ProcessEnv): Promise<OpenServices> {
  const [postgres, rabbitmq] = await Promise.all([findPostgres(env), findRabbitmq(env)])
  return {
    services: {
      postgres: postgres.outcome,
      rabbitmq,
      chromium: findChromium(env),
      promtool: findTool(env, 'promtool', 'prometheus'),
      go: findTool(env, 'go', 'golang-go'),
    },
    close: () => postgres.close(),
  }
}
