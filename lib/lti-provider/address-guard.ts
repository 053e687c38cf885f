import { lookup } from 'node:dns/promises'
import { BlockList, isIP, isIPv6 } from 'node:net'
import { LtiError } from './errors.ts'

/*
 * Where a platform's settings may make this server connect to. Without this, whoever may enter a platform's addresses may make us read
 * what only this machine can reach (lti.md J24, J25).
 */

const refused = new BlockList()
const v4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const
for (const [net, prefix] of v4) refused.addSubnet(net, prefix, 'ipv4')

// Global unicast is 2000::/3 (RFC 4291 2.4); of it, what embeds or only documents other addresses is refused too. IPv4-mapped, NAT64,
// loopback, link-local, unique local and multicast all lie outside.
const globalUnicast = new BlockList()
globalUnicast.addSubnet('2000::', 3, 'ipv6')
for (const [net, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const)
  refused.addSubnet(net, prefix, 'ipv6')

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** Whether a literal IP address lies in the public internet. */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0) return false
  if (isIPv6(address)) return globalUnicast.check(address, 'ipv6') && !refused.check(address, 'ipv6')
  return !refused.check(address, 'ipv4')
}

/** An address that has been looked up once and is connected to as it is: a second look-up could answer differently. */
export type PinnedAddress = { url: URL; address: string; family: 4 | 6 }

export type Resolve = (hostName: string) => Promise<{ address: string; family: number }[]>

const resolveName: Resolve = (hostName) => lookup(hostName, { all: true, verbatim: true })

export type GuardOptions = {
  /** The one http origin on loopback that this registration may use, or null. Compared exactly. */
  loopbackOrigin: string | null
  resolve?: Resolve
}

/**
 * Whether an address may be registered at all: https, or exactly the registration's loopback origin; no user part; not literally a
 * private address. Names are looked up only when they are connected to.
 * @throws LtiError `key_set.address`
 */
export function checkAddress(address: string, loopbackOrigin: string | null): URL {
  const refuse = (why: string) => new LtiError('key_set.address', why)
  if (!URL.canParse(address)) throw refuse('not an address')
  const url = new URL(address) // the WHATWG parser turns decimal, octal and short IPv4 notations into the plain one
  if (url.username || url.password) throw refuse('has a user part')
  if (loopbackOrigin !== null && url.origin === loopbackOrigin) return url
  if (url.protocol !== 'https:') throw refuse('is not https')
  const host = bareHost(url)
  if (isIP(host) !== 0 ? !isPublicAddress(host) : /(^|\.)(localhost|local|internal)\.?$/i.test(host) || !host.includes('.'))
    throw refuse('is not a public address')
  return url
}

/**
 * Looks a name up once and decides whether it may be connected to. Every answer must be public: one good answer among bad ones is how
 * rebinding begins.
 * @throws LtiError `key_set.address`, or `key_set.unreachable` when the name does not resolve
 */
export async function pinAddress(address: string, { loopbackOrigin, resolve = resolveName }: GuardOptions): Promise<PinnedAddress> {
  const url = checkAddress(address, loopbackOrigin)
  const host = bareHost(url)
  const answers = isIP(host) ? [{ address: host, family: isIP(host) }] : await resolve(host).catch(() => [])
  const mayBe = url.origin === loopbackOrigin ? isLoopback : isPublicAddress
  const [first] = answers
  if (!first) throw new LtiError('key_set.unreachable', 'its name does not resolve')
  if (!answers.every((answer) => mayBe(answer.address))) throw new LtiError('key_set.address', 'resolves to a forbidden address')
  return { url, address: first.address, family: first.family === 6 ? 6 : 4 }
}

function isLoopback(address: string): boolean {
  return loopback.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}

function bareHost(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '')
}
