import { gunzipSync } from 'node:zlib'
import { parse } from 'yaml'
import { packageLines } from './cloud-config-packages.ts'
import { splitUserData } from './cloud-config-parts.ts'
import { quote, runFileLine, say, textOf, writeFileLines } from './cloud-config-shell.ts'
import {
  authorisedKeyLines,
  groupLines,
  isMapping,
  listOf,
  type Mapping,
  normalise,
  passwordLine,
  truthOf,
  userLines,
  wantsDefaultUser,
} from './cloud-config-users.ts'

/** `makesUser`: the default account is not in the image. `hasPackageMirror`: what is not in the image can be installed. */
export type CompileOptions = {
  hostname: string
  defaultUser: string
  publicKeys: string[]
  makesUser?: boolean
  hasPackageMirror?: boolean
}
/** `defaultUser`: whether the image's own account is wanted, and so gets the keys. */
export type Compiled = { script: string; defaultUser: boolean }

const SCRIPTS = '/var/lib/cloud/instance/scripts'
const MAX_UNPACKED = 16 * 1024 * 1024

/**
 * Compiles user data (cloud-config, scripts, boothooks, MIME archives of them) into one POSIX script, so that a machine
 * needs no Python. The order is cloud-init's own: boothooks, bootcmd, files, name, users, passwords, time zone, packages,
 * deferred files, user scripts, runcmd. A step that fails is told on the console and does not stop the next one.
 * What is not known is told too; nothing throws, since a real cloud boots a machine with bad user data as well.
 */
export function compileUserData(userData: string, options: CompileOptions): Compiled {
  const parts = splitUserData(userData)
  const notes: string[] = []
  let config: Mapping = {}
  for (const part of parts) {
    if (part.kind === 'cloud-config') config = merge(config, readConfig(part.body, notes))
    if (part.kind === 'unknown')
      notes.push(say('user data begins with nothing that is known here (#cloud-config, #!, #cloud-boothook); skipped'), 'rc=1')
  }
  const defaultUser = wantsDefaultUser(config)
  const bodies = (kind: string) => parts.filter((part) => part.kind === kind).map((part) => part.body)
  const lines = [
    ...notes,
    ...unknownKeys(config),
    ...programs(bodies('boothook'), 'boothook'),
    ...commandFile(config.bootcmd, 'bootcmd'),
    ...files(config, false),
    ...naming(config),
    ...groupLines(config.groups),
    ...userLines(config, options),
    ...accounts(config, options, defaultUser),
    ...owners(config, false),
    ...timeZone(config),
    ...packageLines(config, options.hasPackageMirror ?? false),
    ...files(config, true),
    ...owners(config, true),
    ...programs(bodies('script'), 'part'),
    ...commandFile(config.runcmd, 'runcmd'),
    ...(typeof config.final_message === 'string' ? [say(config.final_message)] : []),
  ]
  return { script: [...PROLOGUE, ...lines, ...EPILOGUE].join('\n'), defaultUser }
}

/** The host keys between these two lines are how a cloud's customer learns them from the console log (cloud-init's form). */
const PROLOGUE = [
  '#!/bin/sh',
  'export HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  'umask 022; cd /; rc=0',
  `mkdir -p ${SCRIPTS}`,
  "echo '-----BEGIN SSH HOST KEY KEYS-----'; cat /etc/ssh/ssh_host_*_key.pub; echo '-----END SSH HOST KEY KEYS-----'",
]

const EPILOGUE = [
  'echo "status: done rc=$rc" > /var/lib/cloud/instance/boot-finished',
  'echo "cloud-init: finished, rc=$rc"',
  'exit $rc',
  '',
]

/** YAML 1.1, as PyYAML reads it: `yes` is true and an unquoted 0644 is octal. */
function readConfig(body: string, notes: string[]): Mapping {
  try {
    const value: unknown = parse(body, { version: '1.1', logLevel: 'error' })
    if (value === null || value === undefined) return {}
    if (isMapping(value)) return normalise(value)
    notes.push(say('the cloud-config is not a mapping; skipped'), 'rc=1')
  } catch (error) {
    notes.push(say(`the cloud-config cannot be read: ${error instanceof Error ? error.message.split('\n')[0] : 'bad YAML'}`), 'rc=1')
  }
  return {}
}

/** cloud-init's default for several parts: later ones replace, mappings are merged key by key. */
function merge(first: Mapping, second: Mapping): Mapping {
  const result: Mapping = { ...first }
  for (const [key, value] of Object.entries(second)) {
    const before = result[key]
    result[key] = isMapping(before) && isMapping(value) ? merge(before, value) : value
  }
  return result
}

function words(text: string): Set<string> {
  return new Set(text.trim().split(/\s+/))
}

const UNDERSTOOD = words(`
  bootcmd runcmd write_files users groups ssh_authorized_keys chpasswd password ssh_pwauth hostname fqdn
  prefer_fqdn_over_hostname preserve_hostname timezone package_update package_upgrade packages apt_update apt_upgrade
  final_message disable_root
`)
/** Without a meaning on a machine that has no disk to grow and no other host keys; real clouds obey them silently. */
const HARMLESS = words(`
  manage_etc_hosts growpart resize_rootfs output ssh_deletekeys ssh_genkeytypes locale apt_preserve_sources_list
  package_reboot_if_required apt_reboot_if_required no_ssh_fingerprints ssh_quiet_keygen merge_how merge_type datasource
  create_hostname_file
`)

function unknownKeys(config: Mapping): string[] {
  return Object.keys(config)
    .filter((key) => !UNDERSTOOD.has(key) && !HARMLESS.has(key))
    .map((key) => say(`"${key}" is not supported by this cloud; skipped`))
}

/** One file for all commands: `cd` and variables carry over from one to the next, as with cloud-init's shellify. */
function commandFile(value: unknown, name: string): string[] {
  const commands = listOf(value).flatMap((command) => {
    if (Array.isArray(command)) return [command.map(quote).join(' ')]
    return command === null || command === undefined ? [] : [textOf(command)]
  })
  if (commands.length === 0) return []
  const path = `${SCRIPTS}/${name}`
  const content = Buffer.from(`#!/bin/sh\n${commands.join('\n')}\n`)
  return [...writeFileLines({ path, content, permissions: '0700' }), runFileLine(path, name)]
}

function programs(bodies: string[], name: string): string[] {
  return bodies.flatMap((body, index) => {
    const path = `${SCRIPTS}/${name}-${String(index + 1).padStart(3, '0')}`
    // The kernel does not know "#cloud-boothook": the shell that finds no interpreter runs it itself.
    const text = body.startsWith('#!') ? body : `#!/bin/sh\n${body}`
    return [...writeFileLines({ path, content: Buffer.from(text), permissions: '0700' }), runFileLine(path, path)]
  })
}

function entries(config: Mapping, deferred: boolean): Mapping[] {
  return listOf(config.write_files)
    .filter(isMapping)
    .map(normalise)
    .filter((entry) => (entry.defer === true) === deferred)
}

function files(config: Mapping, deferred: boolean): string[] {
  return entries(config, deferred).flatMap((entry) => {
    const path = entry.path
    if (typeof path !== 'string' || !path.startsWith('/')) return [say('write_files: an entry without an absolute path; skipped'), 'rc=1']
    const content = decodeContent(entry)
    if (content === null) return [say(`write_files: ${path} cannot be decoded; skipped`), 'rc=1']
    return writeFileLines({ path, content, permissions: permissionsOf(entry.permissions), append: entry.append === true })
  })
}

function decodeContent(entry: Mapping): Buffer | null {
  // `!!binary`
  if (entry.content instanceof Uint8Array) return Buffer.from(entry.content)
  const text = textOf(entry.content ?? '')
  const encoding = textOf(entry.encoding ?? 'text/plain').toLowerCase()
  try {
    if (['gz', 'gzip'].includes(encoding)) return gunzipSync(Buffer.from(text, 'latin1'), { maxOutputLength: MAX_UNPACKED })
    if (/^gz(ip)?\+b(ase)?64$/.test(encoding)) return gunzipSync(Buffer.from(text, 'base64'), { maxOutputLength: MAX_UNPACKED })
    if (['b64', 'base64'].includes(encoding)) return Buffer.from(text, 'base64')
    return Buffer.from(text)
  } catch {
    return null
  }
}

/** A number was octal in the YAML already; a string is octal as written. */
function permissionsOf(value: unknown): string {
  const text = typeof value === 'number' ? value.toString(8) : textOf(value ?? '0644').replace(/^0o/, '')
  return /^[0-7]{1,5}$/.test(text) ? text : '0644'
}

/** Only now: the accounts that are named may have been made a moment ago. */
function owners(config: Mapping, deferred: boolean): string[] {
  return entries(config, deferred)
    .filter((entry) => entry.owner !== undefined && typeof entry.path === 'string')
    .map((entry) => `chown ${quote(entry.owner)} ${quote(entry.path)} || rc=1`)
}

function naming(config: Mapping): string[] {
  const name = textOf(config.hostname ?? config.fqdn ?? '').split('.')[0] ?? ''
  if (name === '' || config.preserve_hostname === true) return []
  if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(name)) return [say(`${name} is no host name`), 'rc=1']
  const word = quote(name)
  const whole = textOf(config.fqdn ?? config.hostname ?? '')
  const names = /^[a-z0-9.-]+$/i.test(whole) && whole !== name ? `${whole} ${name}` : name
  return [
    `[ "$(hostname)" = ${word} ] || { hostname ${word}; echo ${word} > /etc/hostname; }`,
    `grep -qw ${quote(names.split(' ')[0])} /etc/hosts || echo 127.0.1.1 ${quote(names)} >> /etc/hosts`,
  ]
}

function accounts(config: Mapping, options: CompileOptions, wanted: boolean): string[] {
  const { defaultUser, publicKeys, makesUser } = options
  const own = { name: defaultUser, groups: 'sudo', sudo: 'ALL=(ALL) NOPASSWD:ALL', ssh_authorized_keys: publicKeys }
  const lines: string[] = wanted && makesUser ? userLines({ users: [own] }, options) : []
  if (wanted) lines.push(...authorisedKeyLines(defaultUser, listOf(config.ssh_authorized_keys)))
  if (config.disable_root === false) lines.push(...authorisedKeyLines('root', publicKeys))
  const chpasswd = isMapping(config.chpasswd) ? normalise(config.chpasswd) : {}
  const pairs = passwordPairs(chpasswd)
  if (config.password !== undefined) pairs.unshift([defaultUser, textOf(config.password)])
  for (const [name, password] of pairs) {
    lines.push(passwordLine(name, password))
    // cloud-init's default: whoever signs in with it has to choose a new one.
    if (chpasswd.expire !== false) lines.push(`passwd -q -e ${quote(name)} || rc=1`)
  }
  const byPassword = truthOf(config.ssh_pwauth)
  if (byPassword !== undefined) {
    const content = Buffer.from(`PasswordAuthentication ${byPassword ? 'yes' : 'no'}\n`)
    lines.push(
      ...writeFileLines({ path: '/etc/ssh/sshd_config.d/05-cloud-init.conf', content, permissions: '0644' }),
      'systemctl reload ssh || rc=1',
    )
  }
  return lines
}

function passwordPairs(chpasswd: Mapping): [string, string][] {
  const list = typeof chpasswd.list === 'string' ? chpasswd.list.split('\n') : listOf(chpasswd.list).map(textOf)
  const pairs: [string, string][] = []
  for (const line of list) {
    const colon = line.indexOf(':')
    if (colon > 0) pairs.push([line.slice(0, colon).trim(), line.slice(colon + 1).trim()])
  }
  for (const user of listOf(chpasswd.users).filter(isMapping)) {
    if (user.name !== undefined && user.password !== undefined) pairs.push([textOf(user.name), textOf(user.password)])
  }
  return pairs
}

function timeZone(config: Mapping): string[] {
  const zone = config.timezone
  if (typeof zone !== 'string') return []
  const file = quote(`/usr/share/zoneinfo/${zone}`)
  return [
    `if [ -f ${file} ]; then ln -sf ${file} /etc/localtime; echo ${quote(zone)} > /etc/timezone; else ${say(`no such time zone: ${zone}`)}; rc=1; fi`,
  ]
}
