import { compileUserData } from '../guest/cloud-config.ts'
import { isMap, type JsonMap, text } from '../json.ts'

/** A signal that a machine's user data would send when it has run. */
export type PlannedSignal = { path: string; token: string; body: JsonMap }

/** A handle's own `curl_cli` (resources/wait-condition.ts) and what follows it on the line. */
const CALL = /X-Auth-Token: ([\w.-]+)'[^\n]*?http:\/\/169\.254\.169\.254(\/v1\/[^\s'"]+\/signal)['"]?([^\n]*)/g
const DATA = /(?:--data-binary|--data-raw|--data|-d)\s+(?:"((?:[^"\\]|\\.)*)"|'([^']*)')/

/**
 * Finds in user data the good news that it would send, one for each handle and id. What a shell would have filled in is filled in:
 * data becomes the machine's host key, a computed id its name.
 */
export function signalsIn(userData: string, machine: { name: string; hostKey: string }): PlannedSignal[] {
  const found = new Map<string, PlannedSignal>()
  for (const [, token = '', path = '', rest = ''] of plainText(userData).matchAll(CALL)) {
    const body = filledIn(rest, machine)
    if (body.status === 'SUCCESS') found.set(`${path} ${text(body.id) ?? ''}`, { path, token, body })
  }
  return [...found.values()]
}

/** Everything that would run, as text; files that are written from base64 included. */
function plainText(userData: string): string {
  const { script } = compileUserData(userData, { hostname: 'machine', defaultUser: 'debian', publicKeys: [] })
  return script.replace(
    /<<'END_OF_FILE'[^\n]*\n([^_]*?)END_OF_FILE/g,
    (_all, block: string) => `\n${Buffer.from(block, 'base64').toString()}`,
  )
}

function filledIn(rest: string, { name, hostKey }: { name: string; hostKey: string }): JsonMap {
  const given = readBody(rest)
  const computed = (value: string | undefined, otherwise: string) => (value === undefined || value.includes('$') ? otherwise : value)
  return {
    status: computed(text(given.status), 'SUCCESS'),
    reason: computed(text(given.reason), `${name} is up`),
    id: computed(text(given.id), name),
    data: typeof given.data === 'string' || given.data === undefined ? computed(text(given.data), hostKey) : given.data,
  }
}

function readBody(rest: string): JsonMap {
  const [, double, single] = DATA.exec(rest) ?? []
  // POSIX: within double quotes a backslash is one only before these.
  const written = double === undefined ? (single ?? '') : double.replace(/\\(["\\$`])/g, '$1')
  try {
    const value: unknown = JSON.parse(written)
    if (isMap(value)) return value
  } catch {
    // A body that the machine itself puts together: the usual one is sent.
  }
  return {}
}
