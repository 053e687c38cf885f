import { isIP } from 'node:net'
import { type Content, readCidr } from '../content.ts'
import { pythonRepr } from '../json.ts'

/** What a custom constraint looks for, and what Heat says where it is not there. */
const rules: Record<string, { find: (content: Content, key: string) => unknown; words: (key: string) => string }> = {
  'glance.image': { find: (content, key) => content.image(key), words: (key) => `No images matching {'name': '${key}'}.` },
  'nova.flavor': { find: (content, key) => content.flavor(key), words: (key) => `No Flavor matching {'name': '${key}'}. (HTTP 404)` },
  'nova.keypair': { find: (content, key) => content.keyPair(key), words: (key) => `The Key (${key}) could not be found.` },
  'neutron.network': { find: (content, key) => content.network(key), words: (key) => unable('network', key) },
  'neutron.subnet': { find: (content, key) => content.subnet(key), words: (key) => unable('subnet', key) },
  'neutron.port': { find: (content, key) => content.port(key), words: (key) => unable('port', key) },
  'neutron.router': { find: (content, key) => content.router(key), words: (key) => unable('router', key) },
  'neutron.security_group': {
    find: (content, key) => content.securityGroup(key),
    words: (key) => unable('security_group', key),
  },
  'neutron.floatingip': { find: (content, key) => content.floatingIp(key), words: (key) => unable('floatingip', key) },
  'neutron.subnetpool': { find: () => false, words: (key) => unable('subnetpool', key) },
  'neutron.qos_policy': { find: () => false, words: (key) => unable('policy', key) },
  'nova.server': { find: (content, key) => content.server(key), words: (key) => `The Server (${key}) could not be found.` },
  'cinder.volume': { find: (content, key) => content.volume(key), words: (key) => missing('Volume', key) },
  'cinder.vtype': { find: (content, key) => content.volumeType(key), words: (key) => missing('VolumeType', key) },
  'cinder.snapshot': { find: () => false, words: (key) => missing('VolumeSnapshot', key) },
  'cinder.backup': { find: () => false, words: (key) => missing('Volume backup', key) },
  ip_or_cidr: {
    find: (_content, key) => isIP(key) !== 0 || readCidr(key),
    words: (key) => (key.includes('/') ? `Invalid net cidr invalid IPNetwork ${key} ` : `'${key}' is not a valid IP address`),
  },
  ip_addr: { find: (_content, key) => isIP(key) !== 0, words: () => 'Invalid IP address' },
  net_cidr: { find: (_content, key) => readCidr(key), words: (key) => `Invalid net cidr invalid IPNetwork ${key} ` },
  mac_addr: { find: (_content, key) => /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(key), words: () => 'Invalid MAC address.' },
}

const missing = (kind: string, key: string) => `The ${kind} (${key}) could not be found.`
const unable = (kind: string, key: string) => `Unable to find ${kind} with name or id '${key}'`

/** Those that look at a value alone: what is wrong with it, in Heat's words; `''` where it has none. heat/engine/constraint/common_constraints.py */
const judgements: Record<string, (value: string) => string | undefined> = {
  iso_8601: (value) => (isIsoTime(value) ? undefined : ''),
  timezone: (value) => (isTimeZone(value) ? undefined : `Invalid timezone: ${pythonRepr(value)}`),
  cron_expression: (value) => prefixed('Invalid CRON expression: ', cronComplaint(value)),
  dns_name: (value) => inFormat(value, nameComplaint(value)),
  rel_dns_name: (value) => {
    if (value.endsWith('.')) return `'${value}' is a FQDN. It should be a relative domain name.`
    if (value.length <= longestName - 3) return inFormat(value, nameComplaint(value))
    const excess = 'Adding a domain name will cause it to exceed the maximum length of a FQDN'
    return `'${value}' contains '${value.length}' characters. ${excess} of '${longestName}'.`
  },
  dns_domain: (value) => inFormat(value, nameComplaint(value)) ?? (value.endsWith('.') ? undefined : `'${value}' must end with '.'.`),
  expiration: (value) => {
    if (!isIsoTime(value.trim())) return `Expiration ${value} is invalid: Unable to parse date string ${pythonRepr(value.trim())}`
    return Date.parse(value) > Date.now() ? undefined : `Expiration ${value} is invalid: Expiration time is out of date.`
  },
}

const longestName = 255

function prefixed(prefix: string, complaint: string | undefined): string | undefined {
  return complaint === undefined ? undefined : `${prefix}${complaint}`
}

const inFormat = (value: string, complaint: string | undefined) => prefixed(`'${value}' not in valid format. Reason: `, complaint)

/** heat/common/netutils.py, validate_dns_format */
function nameComplaint(value: string): string | undefined {
  const trimmed = value.replace(/\.$/, '')
  if (trimmed.length > longestName) return `'${trimmed}' exceeds the ${longestName} character FQDN limit`
  const names = trimmed.split('.')
  for (const name of names) {
    if (name === '') return 'Encountered an empty component.'
    if (name.startsWith('-') || name.endsWith('-')) return `Name '${name}' must not start or end with a hyphen.`
    if (!/^[A-Za-z0-9-]{1,63}$/.test(name)) {
      return `Name '${name}' must be 1-63 characters long, each of which can only be alphanumeric or a hyphen.`
    }
  }
  const last = names.at(-1) ?? ''
  return value.endsWith('.') && names.length > 1 && /^[0-9]+$/.test(last) ? `TLD '${last}' must not be all numeric.` : undefined
}

/** Python's iso8601 package: a year suffices. */
function isIsoTime(value: string): boolean {
  const found =
    /^(\d{4})(?:-(\d{1,2})|(\d{2})(?!$))?(?:-?(\d{1,2}))?(?:[ T](\d{2})(?::?(\d{2}))?(?::?(\d{1,2})(?:[.,]\d+)?)?(?:Z|[-+]\d{2}:?\d{0,2})?)?$/.exec(
      value,
    )
  if (!found) return false
  const [month, day, hour, minute, second] = [
    found[2] ?? found[3] ?? '1',
    found[4] ?? '1',
    found[5] ?? '0',
    found[6] ?? '0',
    found[7] ?? '0',
  ].map(Number)
  const date = new Date(Date.UTC(Number(found[1]), (month ?? 1) - 1, day ?? 1))
  return date.getUTCMonth() + 1 === month && date.getUTCDate() === day && (hour ?? 0) < 24 && (minute ?? 0) < 60 && (second ?? 0) < 60
}

function isTimeZone(value: string): boolean {
  try {
    return Intl.DateTimeFormat('en', { timeZone: value }) !== undefined
  } catch {
    return false
  }
}

const columns = [
  { least: 0, most: 59 },
  { least: 0, most: 23 },
  { least: 1, most: 31 },
  { least: 1, most: 12, words: /^(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)$/i },
  { least: 0, most: 7, words: /^(?:sun|mon|tue|wed|thu|fri|sat)$/i },
  { least: 0, most: 59 },
]

/** Python's croniter, for what people write: numbers, names, ranges, steps and lists. */
function cronComplaint(value: string): string | undefined {
  const fields = value.trim().split(/\s+/)
  if (fields.length !== 5 && fields.length !== 6) return 'Exactly 5 or 6 columns has to be specified for iterator expression.'
  for (const [index, field] of fields.entries()) {
    const { least, most, words } = columns[index] ?? { least: 0, most: 59, words: undefined }
    for (const part of field.toLowerCase().split(',')) {
      const [range = '', step = '1'] = part.split('/')
      if (range === '*' || range === '?' || (index === 2 && range === 'l')) continue
      const ends = range.split('-')
      const isRead = ends.length <= 2 && /^\d+$/.test(step) && ends.every((end) => /^\d+$/.test(end) || words?.test(end))
      if (!isRead) return `[${value}] is not acceptable`
      if (ends.some((end) => /^\d+$/.test(end) && (Number(end) < least || Number(end) > most)))
        return `[${value}] is not acceptable, out of range`
    }
  }
  return undefined
}

/** Constraints of services that Heat knows and this cloud has not: nothing is there to be asked. */
const foreign =
  /^(?:barbican|blazar|cinder|designate|heat|ironic|keystone|magnum|manila|mistral|monasca|neutron|nova|octavia|sahara|senlin|trove|zaqar)\./

/** What stands for something else is told each time that it is used. */
function isStandIn(constraint: string, value: string, content: Content): boolean {
  const found = constraint === 'glance.image' ? content.image(value) : constraint === 'nova.flavor' ? content.flavor(value) : undefined
  return found?.standsFor !== undefined || (constraint === 'neutron.network' && content.standIns?.isOutside(value) === true)
}

/**
 * What a custom constraint says against a value (recordings heat-create-unknown-{image,flavor,network}-400), or undefined.
 * heat/engine/constraints.py, CustomConstraint.
 */
export function checkContent(constraint: string, value: string, content: Content): string | undefined {
  const judge = Object.hasOwn(judgements, constraint) ? judgements[constraint] : undefined
  const rule = Object.hasOwn(rules, constraint) ? rules[constraint] : undefined
  if (!judge && !rule) return foreign.test(constraint) ? undefined : `"${value}" does not validate ${constraint} (constraint not found)`
  if (value === '' || (rule?.find(content, value) && !isStandIn(constraint, value, content))) return undefined
  if (content.standIns?.make(constraint, value)) return undefined
  const words = judge ? judge(value) : rule?.words(value)
  return words === undefined ? undefined : `Error validating value '${value}'${words && `: ${words}`}`
}
