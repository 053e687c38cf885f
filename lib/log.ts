import pino, { type Logger } from 'pino'
import { config } from './config.ts'

/** Names under which a secret could stand in a logged object; their values are never written. */
const redact = ['password', 'token', 'secret', 'privateKey', 'authorization', 'cookie', 'idToken', 'id_token', 'ticket'].flatMap((name) => [
  name,
  `*.${name}`,
])

const global = globalThis as { astrolabeLog?: Logger }

/**
 * The process's log: one JSON object a line on standard error. The message is constant, what varies stands in fields, and one
 * correlation id goes from launch to job to Heat request.
 */
export function log(): Logger {
  global.astrolabeLog ??= pino(
    { level: config().logLevel, redact, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ fd: 2, sync: true }),
  )
  return global.astrolabeLog
}
