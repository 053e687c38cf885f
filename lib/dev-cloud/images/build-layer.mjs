// A layer on top of others: packages, files and commands, put there by apt and a shell inside.
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { proxies } from './build-base.mjs'
import { aptSources } from './host-apt.mjs'
import { layerScript } from './layer-script.mjs'
import { collect, eachLine, ended } from './mapped-root.mjs'

const WORDS = ['', 'reading the package lists', 'fetching packages', 'installing packages', 'writing its configuration']

/**
 * Makes the layer in `<partial>/rootfs`, which is `<inside>/rootfs` in there.
 * @param {Parameters<typeof import('./build-base.mjs').buildBase>[0] & { partial: string, below: string[] }} options `below`: folders of
 *   the layers below, topmost first
 * @returns {Promise<string[]>} what was installed, as name=version
 */
export async function buildLayer({ recipe, codename, mapped, partial, inside, below, niceness, onStep, signal }) {
  writeSources(join(partial, 'apt'), codename)
  const lower = below.map((folder) => `${mapped.images}/${folder}/rootfs`).join(':')
  const maker = mapped.start(['sh', '-ec', layerScript(recipe), 'sh', inside, lower, `${mapped.images}/.apt`], {
    env: proxies(),
    niceness,
  })
  const stop = () => maker.kill('SIGKILL')
  signal?.addEventListener('abort', stop)
  let step = 1
  eachLine(maker.stdout, (line) => {
    const next = /^@(\d)$/.exec(line)?.[1]
    const percent = /^(?:dlstatus|pmstatus):[^:]*:([\d.]+):/.exec(line)?.[1]
    if (next !== undefined) step = Number(next)
    if (next !== undefined || percent !== undefined) onStep(step, WORDS[step] ?? '', percent === undefined ? null : Number(percent))
  })
  try {
    await ended(maker, `the layer ${recipe.name}`, collect(maker.stderr))
  } finally {
    signal?.removeEventListener('abort', stop)
  }
  const list = join(partial, 'packages')
  return existsSync(list) ? readFileSync(list, 'utf8').split('\n').filter(Boolean) : []
}

/** This host's sources with the keys that they name, and its resolver, for apt inside. */
function writeSources(folder, codename) {
  mkdirSync(folder, { mode: 0o755 })
  let count = 0
  const text = aptSources(codename).replaceAll(/signed-by=(\/[^\s\],]+)/g, (_all, path) => {
    count += 1
    const name = `key-${count}${path.endsWith('.asc') ? '.asc' : '.gpg'}`
    copyFileSync(path, join(folder, name))
    return `signed-by=/run/apt/${name}`
  })
  writeFileSync(join(folder, 'sources.list'), text)
  writeFileSync(join(folder, 'resolv.conf'), existsSync('/etc/resolv.conf') ? readFileSync('/etc/resolv.conf') : '')
}
