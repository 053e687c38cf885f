/** Below this path of their metadata address machines find packages. */
export const PACKAGES_PATH = '/packages/'

/** One line of sources.list(5): `base` as this computer reads it, who it signs in as included; the rest as apt takes it. */
export type PackageSource = { options: string; base: URL; suite: string; components: string }

/** What a mirror's path may consist of: nothing that a server, or one before it, would understand as more than a name. */
const SEGMENT = /^[A-Za-z0-9_][A-Za-z0-9._+~:=@,-]*$/
const LINE = /^(?:deb\s+)?(\[[^\]]*\]\s+)?(\S+)(?:\s+(\S+)((?:\s+\S+)*))?$/

/**
 * Reads the setting: entries between commas, each `host` (what this computer's own apt reads, `hostEntries`), the address of a mirror of
 * the whole distribution, or a line of sources.list(5) with suite and components.
 * @param codename of the release that machines are of, e.g. bookworm
 * @throws Error in words for whoever wrote the setting
 */
export function readSources(setting: string, { codename, hostEntries }: { codename: string; hostEntries: () => string }): PackageSource[] {
  const entries = setting.split(/,(?![^[]*\])/).map((entry) => entry.trim())
  return entries.flatMap((entry) => {
    if (entry !== 'host') return readEntry(entry, codename)
    const web = hostEntries()
      .split('\n')
      .filter((line) => /^deb\s+(\[[^\]]*\]\s+)?https?:/.test(line))
    if (web.length === 0) throw new Error("this computer's own apt reads no mirror over HTTP")
    return web.flatMap((line) => readEntry(line, codename))
  })
}

function readEntry(entry: string, codename: string): PackageSource[] {
  const [, options = '', address = '', suite, components = ''] = LINE.exec(entry) ?? []
  const base = baseOf(address)
  if (base === null)
    throw new Error(`"${redacted(entry)}" is neither "host" nor a mirror's http:// or https:// address nor a line of sources.list with one`)
  const line = (name: string, parts: string): PackageSource => ({ options: options.trim(), base, suite: name, components: parts.trim() })
  if (suite !== undefined) return [line(suite, components)]
  const suites = base.pathname.endsWith('-security') ? [`${codename}-security`] : [codename, `${codename}-updates`]
  return suites.map((name) => line(name, 'main'))
}

function redacted(entry: string): string {
  return entry.replace(/\/\/[^/\s]*@/, '//')
}

/** Without a slash at its end. Null: it is no address of a mirror. */
function baseOf(address: string): URL | null {
  if (!/^https?:\/\//i.test(address) || !URL.canParse(address)) return null
  const base = new URL(address)
  base.pathname = base.pathname.replace(/\/+$/, '')
  return base.search === '' && base.hash === '' && segmentsOf(placeOf(base)) !== null ? base : null
}

/** How machines call it: where it is, and nothing of who signs in there. */
export function placeOf(base: URL): string {
  return `${base.host}${pathOf(base)}`
}

/** A machine's /etc/apt/sources.list. */
export function sourcesList(sources: PackageSource[]): string {
  const lines = sources.map(({ options, base, suite, components }) =>
    ['deb', options, `http://169.254.169.254${PACKAGES_PATH}${placeOf(base)}`, suite, components].filter(Boolean).join(' '),
  )
  return `# The mirrors that this cloud passes on, and nothing else, by its metadata address.\n${[...new Set(lines)].join('\n')}\n`
}

/** A path without escapes and without `.` (which apt writes for a flat repository); null where anything in it is more than a name. */
function segmentsOf(path: string): string[] | null {
  try {
    const segments = decodeURIComponent(path)
      .split('/')
      .filter((segment) => segment !== '.')
    return segments.every((segment) => SEGMENT.test(segment)) ? segments : null
  } catch {
    return null
  }
}

/**
 * What a machine means by a path below `PACKAGES_PATH`: an address below one of the mirrors, or null.
 * @param path as it came, e.g. `/packages/deb.example.org/debian/dists/bookworm/InRelease`
 */
export function addressOf(sources: PackageSource[], path: string): URL | null {
  if (!path.startsWith(PACKAGES_PATH)) return null
  const segments = segmentsOf(path.slice(PACKAGES_PATH.length))
  if (segments === null) return null
  const wanted = segments.join('/')
  const found = sources.find(({ base }) => wanted.startsWith(`${placeOf(base)}/`))
  return found === undefined ? null : below(found.base, wanted.slice(placeOf(found.base).length))
}

/** Where a mirror sends us, if that is below one of them too; else null. */
export function redirectOf(sources: PackageSource[], from: URL, location: string): URL | null {
  if (!URL.canParse(location, from)) return null
  const to = new URL(location, from)
  if (to.search !== '' || segmentsOf(to.pathname.slice(1)) === null) return null
  const found = sources.find(({ base }) => base.origin === to.origin && to.pathname.startsWith(`${pathOf(base)}/`))
  return found === undefined ? null : below(found.base, to.pathname.slice(pathOf(found.base).length))
}

function pathOf(base: URL): string {
  return base.pathname.replace(/\/$/, '')
}

/** It signs in as the base does, whatever address led here. */
function below(base: URL, path: string): URL {
  const address = new URL(base)
  address.pathname = `${pathOf(base)}${path}`
  return address
}

/** Whether a file never changes under its name (Debian Policy 3.2.1, RepositoryFormat: Acquire-By-Hash), and can be kept. */
export function isImmutable({ pathname }: URL): boolean {
  return /\/pool\/.+\.u?deb$|\/by-hash\/(MD5Sum|SHA1|SHA256|SHA512)\/[0-9a-f]+$/.test(pathname)
}
