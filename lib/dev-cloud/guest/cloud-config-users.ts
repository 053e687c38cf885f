import { quote, say, textOf } from './cloud-config-shell.ts'

export type Mapping = Record<string, unknown>

export type UserOptions = { defaultUser: string; publicKeys: string[] }

const NAME = /^[a-z_][a-z0-9_.-]{0,31}$/i

/** Both spellings of a key: cloud-init takes `ssh-authorized-keys` for `ssh_authorized_keys`. */
export function normalise(mapping: Mapping): Mapping {
  return Object.fromEntries(Object.entries(mapping).map(([key, value]) => [key.replaceAll('-', '_'), value]))
}

export function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A list, or one thing, or a line of things between commas: all three are in use. */
export function listOf(value: unknown): unknown[] {
  if (value === undefined || value === null || value === false) return []
  return Array.isArray(value) ? value : [value]
}

/** cloudinit/util.py, is_true and is_false: words for it are as good; anything else (`unchanged`) changes nothing. */
export function truthOf(value: unknown): boolean | undefined {
  const word = textOf(value).toLowerCase()
  if (['true', '1', 'on', 'yes'].includes(word)) return true
  return ['false', '0', 'off', 'no'].includes(word) ? false : undefined
}

function names(value: unknown): string[] {
  return listOf(value)
    .flatMap((item) => textOf(item).split(/[,\s]+/))
    .filter((name) => NAME.test(name))
}

/** Whether the image's default user is wanted: yes, unless there is a list of users that leaves it out. */
export function wantsDefaultUser(config: Mapping): boolean {
  if (config.users === undefined) return true
  return listOf(config.users).some((entry) => entry === 'default' || (isMapping(entry) && normalise(entry).name === 'default'))
}

/** `groups`: names, or names with their members. */
export function groupLines(value: unknown): string[] {
  const entries = isMapping(value) ? [value] : listOf(value)
  return entries.flatMap((entry) => {
    const wanted: [string, string[]][] = isMapping(entry)
      ? Object.entries(entry).map(([name, members]) => [name, names(members)])
      : names(entry).map((name) => [name, []])
    return wanted
      .filter(([name]) => NAME.test(name))
      .flatMap(([name, members]) => [addGroup(name), ...members.map((member) => `usermod -a -G ${quote(name)} ${quote(member)} || rc=1`)])
  })
}

function addGroup(name: string): string {
  return `getent group ${quote(name)} >/dev/null || groupadd ${quote(name)} || rc=1`
}

/** `users`: the default one is in the image already; the others are made. */
export function userLines(config: Mapping, options: UserOptions): string[] {
  return listOf(config.users).flatMap((entry) => {
    if (typeof entry === 'string' && entry !== 'default') return names(entry).flatMap((name) => oneUser({ name }))
    if (!isMapping(entry)) return []
    const user = normalise(entry)
    const name = user.name === 'default' ? options.defaultUser : textOf(user.name ?? '')
    if (!NAME.test(name)) return [say(`a user's name cannot be used: ${name}`), 'rc=1']
    return oneUser({ ...user, name })
  })
}

function oneUser(user: Mapping & { name: string }): string[] {
  const { name } = user
  const groups = names(user.groups)
  const primary = names(user.primary_group)[0]
  const all = primary === undefined ? groups : [primary, ...groups]
  return [
    ...all.map(addGroup),
    `id ${quote(name)} >/dev/null 2>&1 || useradd ${addOptions(user, groups, primary).join(' ')} ${quote(name)} || rc=1`,
    ...(groups.length > 0 ? [`usermod -a -G ${quote(groups.join(','))} ${quote(name)} || rc=1`] : []),
    ...passwordLines(user),
    ...sudoLines(user),
    ...authorisedKeyLines(name, listOf(user.ssh_authorized_keys)),
  ]
}

/** A password of `*` lets nobody in by password but, unlike `!`, does not lock the account for sshd. */
function addOptions(user: Mapping, groups: string[], primary: string | undefined): string[] {
  const home = typeof user.homedir === 'string' ? ['-d', quote(user.homedir)] : []
  const comment = user.gecos === undefined ? [] : ['-c', quote(textOf(user.gecos).replace(/[:\n]/g, ' '))]
  const id = /^\d+$/.test(textOf(user.uid ?? '')) ? ['-u', textOf(user.uid)] : []
  return [
    "-p '*'",
    user.no_create_home === true || user.system === true ? '-M' : '-m',
    ...(user.system === true ? ['-r'] : []),
    ...home,
    ...comment,
    ...id,
    `-s ${quote(typeof user.shell === 'string' ? user.shell : '/bin/bash')}`,
    ...(primary === undefined ? [] : ['-g', quote(primary)]),
    ...(groups.length === 0 ? [] : ['-G', quote(groups.join(','))]),
  ]
}

function passwordLines(user: Mapping & { name: string }): string[] {
  const plain = user.plain_text_passwd
  const hashed = user.hashed_passwd ?? user.passwd
  if (plain !== undefined) return [passwordLine(user.name, textOf(plain))]
  if (hashed !== undefined) return [passwordLine(user.name, textOf(hashed), true)]
  return []
}

/** Sets a password. What looks like a crypt(5) hash is taken as one. */
export function passwordLine(name: string, password: string, hashed = /^\$(1|2[aby]|5|6|y|gy|7)(\$[^:]+){1,4}$/.test(password)): string {
  const line = `${name}:${password}`
  if (/[\r\n]/.test(line)) return `${say(`the password of ${name} cannot be used`)}; rc=1`
  return `printf '%s\\n' ${quote(line)} | chpasswd${hashed ? ' -e' : ''} || rc=1`
}

function sudoLines(user: Mapping & { name: string }): string[] {
  const rules = listOf(user.sudo).map((rule) => `${user.name} ${textOf(rule).replace(/[\r\n]/g, ' ')}`)
  if (rules.length === 0) return []
  const file = '/etc/sudoers.d/90-cloud-init-users'
  return [...rules.map((rule) => `printf '%s\\n' ${quote(rule)} >> ${file}`), `chmod 440 ${file}`]
}

/** Appends keys to an account's file and leaves it in the account's hands. */
export function authorisedKeyLines(name: string, keys: unknown[]): string[] {
  const lines = keys.map((key) => textOf(key).trim()).filter((key) => key !== '' && !/[\r\n]/.test(key))
  if (lines.length === 0) return []
  return [
    `home=$(getent passwd ${quote(name)} | cut -d: -f6)`,
    'mkdir -p "$home/.ssh"',
    ...lines.map(
      (key) =>
        `grep -qxF ${quote(key)} "$home/.ssh/authorized_keys" 2>/dev/null || printf '%s\\n' ${quote(key)} >> "$home/.ssh/authorized_keys"`,
    ),
    `chmod 700 "$home/.ssh"; chmod 600 "$home/.ssh/authorized_keys"; chown -R ${quote(`${name}:`)} "$home/.ssh" || rc=1`,
  ]
}
