import { config } from '../config.ts'
import { fail } from '../errors.ts'

/**
 * Our cookie travels with requests that other sites cause (`SameSite=None`), so everything that changes something says where it
 * comes from. Browsers send `Origin` with every POST and every websocket; a form on a page with `Referrer-Policy: no-referrer` sends
 * `null`, which is nobody's.
 * @throws access.foreign_origin
 */
export function requireOwnOrigin(headers: Headers): void {
  if (headers.get('origin') !== config().origin) throw fail('access.foreign_origin', { internal: 'origin' })
}
