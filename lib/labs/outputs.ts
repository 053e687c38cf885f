import { outputReference } from './manifest.ts'

/** The name of the output that a reference begins with. */
export function outputName(reference: string): string {
  return outputReference.exec(reference)?.[1] ?? ''
}

const LONGEST = 20_000

/**
 * What "{{outputs.host_keys.node1}}" stands for. Keys go into mappings, indexes into lists, and a text that holds JSON
 * (such as the data of a wait condition) is entered as what it holds.
 *
 * @param outputs the stack's outputs by name; null where not known yet
 * @returns the text, or null while there is none
 */
export function resolveOutput(reference: string, outputs: Readonly<Record<string, unknown>>): string | null {
  const match = outputReference.exec(reference)
  if (!match?.[1]) return null
  const steps = [match[1], ...(match[2] ?? '').split('.').slice(1)]
  const found = steps.reduce<unknown>((here, step) => enter(here, step), outputs)
  if (typeof found === 'number') return String(found)
  return typeof found === 'string' && found.trim() !== '' ? found.trim() : null
}

function enter(value: unknown, step: string): unknown {
  const inside = typeof value === 'string' ? fromJson(value) : value
  if (Array.isArray(inside)) return /^\d+$/.test(step) ? inside[Number(step)] : undefined
  if (typeof inside !== 'object' || inside === null || !Object.hasOwn(inside, step)) return undefined
  return Reflect.get(inside, step)
}

function fromJson(text: string): unknown {
  if (text.length > LONGEST) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** How to reach a machine, once the stack says so. */
export type HostAddress = {
  id: string
  label: string
  user: string
  address: string
  /** OpenSSH form without comment, "ssh-ed25519 AAAA..."; null where the lab does not pass it on. */
  hostKey: string | null
}

/** Machines write some of these values themselves: what is no address and no key is as good as missing. */
const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F:]*:[0-9a-fA-F:.]*|[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)$/
const HOST_KEY = /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)) ([A-Za-z0-9+/]{40,2000}={0,2})(?: .*)?$/

/**
 * The hosts of a lab with what the outputs say of them.
 *
 * @returns those that are complete, and the ids of those that are not: an address is always owed, a host key where the lab names one
 */
export function resolveHosts(
  hosts: readonly { id: string; label: string; user: string; address: string; hostKey: string | null }[],
  outputs: Readonly<Record<string, unknown>>,
): { hosts: HostAddress[]; missing: string[] } {
  const resolved = hosts.map((host) => {
    const address = resolveOutput(host.address, outputs)
    const key = host.hostKey === null ? null : HOST_KEY.exec(resolveOutput(host.hostKey, outputs) ?? '')
    const keyMissing = host.hostKey !== null && !key
    if (address === null || !ADDRESS.test(address) || keyMissing) return { id: host.id, found: null }
    return { id: host.id, found: { ...host, address, hostKey: key ? `${key[1]} ${key[2]}` : null } }
  })
  return {
    hosts: resolved.flatMap(({ found }) =>
      found ? [{ id: found.id, label: found.label, user: found.user, address: found.address, hostKey: found.hostKey }] : [],
    ),
    missing: resolved.flatMap(({ id, found }) => (found ? [] : [id])),
  }
}
