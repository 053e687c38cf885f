// What this host's own apt uses: the base image comes from the same place, so that no mirror is ever named here.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * @returns {{ id: string, codename: string }} from os-release, e.g. debian and bookworm
 */
export function distribution(file = '/etc/os-release') {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const value = (key) => new RegExp(`^${key}="?([^"\\n]*)"?$`, 'm').exec(text)?.[1] ?? ''
  return { id: value('ID'), codename: value('VERSION_CODENAME') }
}

/**
 * The entries of this host's apt that carry the distribution itself (not those of third parties), as text that
 * mmdebstrap reads from its standard input.
 * @param {string} codename
 * @param {string} [folder]
 */
export function aptSources(codename, folder = '/etc/apt') {
  const entries = []
  const lists = [join(folder, 'sources.list'), ...inside(join(folder, 'sources.list.d'), '.list')]
  for (const file of lists.filter((path) => existsSync(path))) entries.push(...oneLine(readFileSync(file, 'utf8'), codename))
  for (const file of inside(join(folder, 'sources.list.d'), '.sources')) entries.push(...stanzas(readFileSync(file, 'utf8'), codename))
  if (entries.length === 0) throw new Error(`apt on this machine has no source for ${codename || 'this distribution'}`)
  return `${entries.join('\n')}\n`
}

function inside(folder, suffix) {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => name.endsWith(suffix))
    .sort()
    .map((name) => join(folder, name))
}

function ours(suite, codename) {
  return suite === codename || ['updates', 'security'].some((pocket) => suite === `${codename}-${pocket}`)
}

function oneLine(text, codename) {
  return text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => {
      const match = /^deb\s+(?:\[[^\]]*\]\s+)?\S+\s+(\S+)\s+(.*)$/.exec(line)
      return match && ours(match[1].replace(/\/updates$/, ''), codename) && match[2].split(/\s+/).includes('main')
    })
}

/** deb822, put back as single lines: mixing both forms on one standard input is not understood. */
function stanzas(text, codename) {
  return text.split(/\n\s*\n/).flatMap((stanza) => {
    const field = (name) =>
      new RegExp(`^${name}:[ \\t]*(.*(?:\\n[ \\t].*)*)`, 'im')
        .exec(stanza.replace(/^#.*\n?/gm, ''))?.[1]
        .trim()
        .split(/\s+/) ?? []
    if (/^enabled:\s*no/im.test(stanza) || !field('Types').includes('deb')) return []
    const components = field('Components')
    if (!components.includes('main')) return []
    const key = field('Signed-By')
    const options = key.length === 1 && key[0].startsWith('/') ? `[signed-by=${key[0]}] ` : ''
    return field('Suites')
      .filter((suite) => ours(suite, codename))
      .flatMap((suite) => field('URIs').map((uri) => `deb ${options}${uri} ${suite} ${components.join(' ')}`))
  })
}
