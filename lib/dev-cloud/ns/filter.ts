import { existsSync } from 'node:fs'
import { isIPv4 } from 'node:net'
import { join } from 'node:path'
import { DriverFailure, type OpenWay, type PortFilter } from '../driver.ts'

/** With it what goes over a bridge is looked at as what is routed (ip-sysctl of br_netfilter); each network namespace has its own. */
const OVER_BRIDGES = '/proc/sys/net/bridge/bridge-nf-call-iptables'

/** Why packets cannot be filtered here, in a sentence with its remedy; null: they can. */
export function whyNoFilter(has: (path: string) => boolean = existsSync): string | null {
  const what = 'Security groups are kept and shown, and filter nothing'
  if (!['/usr/sbin', '/usr/bin', '/sbin', '/bin'].some((folder) => has(join(folder, 'nft'))))
    return `${what}: nft is not installed. Run: sudo apt-get install -y nftables`
  return has(OVER_BRIDGES) ? null : `${what}: the kernel does not look into bridges. Run: sudo modprobe br_netfilter`
}

/** Neutron's names (its API, "protocol") and the numbers of IANA. ICMP of version 6 says nothing here: machines have IPv4. */
const PROTOCOLS: Record<string, number> = {
  icmp: 1,
  igmp: 2,
  ipip: 4,
  tcp: 6,
  egp: 8,
  udp: 17,
  dccp: 33,
  rsvp: 46,
  gre: 47,
  esp: 50,
  ah: 51,
  ospf: 89,
  vrrp: 112,
  pgm: 113,
  sctp: 132,
  udplite: 136,
}
const WITH_PORTS: Record<number, string> = { 6: 'tcp', 17: 'udp', 33: 'dccp', 132: 'sctp', 136: 'udplite' }

/**
 * Mapped root in the space's network: lets in to each address what may, in the place of what was said before, in one step. What a machine
 * itself has begun is answered. Of a filter's words nothing reaches the shell or nft but numbers. Throws `input.invalid`.
 */
export function filterScript(filters: PortFilter[]): string {
  const chains = filters.map(({ open }, n) => `chain to${n} {\n${open.flatMap(ruleOf).join('\n')}\ndrop\n}`)
  const ways = filters.map(({ address }, n) => `${checked(address)} : jump to${n}`)
  const first = ['ct state established,related accept', ...(ways.length > 0 ? [`ip daddr vmap { ${ways.join(', ')} }`] : [])]
  const hooks = ['forward', 'output'].map(
    (hook) => `chain ${hook} {\ntype filter hook ${hook} priority 0; policy accept;\n${first.join('\n')}\n}`,
  )
  return `echo 1 > ${OVER_BRIDGES}
nft -f - <<'E'
table ip groups
delete table ip groups
table ip groups {
${[...chains, ...hooks].join('\n')}
}
E`
}

/** None where the rule says nothing of what is here. */
function ruleOf({ protocol, first, last, from }: OpenWay): string[] {
  const source = from === null ? '' : `ip saddr ${checked(from)} `
  if (protocol === null || protocol === 'any' || protocol === '0') return [`${source}accept`]
  const number = /^\d{1,3}$/.test(protocol) ? Number(protocol) : PROTOCOLS[protocol.toLowerCase()]
  if (number === undefined || number > 255) return []
  if (first === null) return [`${source}ip protocol ${number} accept`]
  if (![first, last ?? first].every((port) => Number.isInteger(port) && port >= 0 && port <= 65_535)) throw invalid(String(first))
  // For ICMP they are type and code.
  if (number === 1) return [`${source}icmp type ${first} ${last === null ? '' : `icmp code ${last} `}accept`]
  const name = WITH_PORTS[number]
  return [`${source}${name === undefined ? `ip protocol ${number}` : `${name} dport ${first}-${last ?? first}`} accept`]
}

function checked(prefix: string): string {
  const [address = '', length = '32', ...more] = prefix.split('/')
  if (!isIPv4(address) || !/^\d{1,2}$/.test(length) || Number(length) > 32 || more.length > 0) throw invalid(prefix)
  return `${address}/${length}`
}

function invalid(word: string): DriverFailure {
  return new DriverFailure('input.invalid', `${JSON.stringify(word)} is no address, prefix or port of a rule.`)
}
