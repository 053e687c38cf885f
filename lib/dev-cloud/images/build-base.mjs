// A first layer: a small Debian (or Ubuntu) from this host's own apt sources.
import { aptSources } from './host-apt.mjs'
import { shellQuoted, writingScript } from './layer-script.mjs'
import { collect, eachLine, ended } from './mapped-root.mjs'

const STEPS = [
  { match: /^(running apt-get update|automatically)/, step: 1, what: 'reading the package lists' },
  { match: /^(downloading|extracting)/, step: 2, what: 'fetching packages' },
  { match: /^installing/, step: 3, what: 'installing packages' },
  { match: /^(running special hook|running --customize|cleaning)/, step: 4, what: 'writing its configuration' },
]

/**
 * Makes the layer in `<inside>/rootfs`. Its root is that of `mapped`: no script of a package runs as root of this host.
 * @param {{ recipe: import('./recipe.mjs').Recipe, codename: string, mapped: Awaited<ReturnType<import('./mapped-root.mjs').openMappedRoot>>,
 *   inside: string, niceness: number, onStep: (step: number, what: string, percent: number | null) => void, signal?: AbortSignal }} options
 * @returns {Promise<string[]>} its packages
 */
export async function buildBase({ recipe, codename, mapped, inside, niceness, onStep, signal }) {
  const customize = `chroot "$1" sh -ec ${shellQuoted(recipe.commands.join('\n'))}`
  const options = [
    '--mode=root',
    '--format=directory',
    '--variant=minbase',
    `--include=${recipe.packages.join(',')}`,
    '--dpkgopt=force-unsafe-io',
    '--aptopt=APT::Sandbox::User "root"',
    ...recipe.excluded.map((pattern) => `--dpkgopt=path-exclude=${pattern}`),
    ...recipe.included.map((pattern) => `--dpkgopt=path-include=${pattern}`),
    `--customize-hook=${customize}`,
  ]
  const script = `rootfs=$1; shift
mmdebstrap "$@" ${shellQuoted(codename)} "$rootfs" -
find "$rootfs/dev" -mindepth 1 -delete
rm -f "$rootfs/etc/apt/apt.conf.d/99mmdebstrap"
${writingScript(recipe)}`
  const maker = mapped.start(['sh', '-ec', script, 'sh', `${inside}/rootfs`, ...options], {
    env: { TMPDIR: `${inside}/tmp`, ...proxies() },
    stdin: aptSources(codename),
    niceness,
  })
  const stop = () => maker.kill('SIGKILL')
  signal?.addEventListener('abort', stop)
  const last = []
  eachLine(maker.stderr, (line) => {
    last.push(line)
    if (last.length > 40) last.shift()
    const words = /^I: (.*)/.exec(line)?.[1]
    const found = words === undefined ? undefined : STEPS.find(({ match }) => match.test(words))
    if (found) onStep(found.step, found.what, null)
  })
  const said = collect(maker.stdout)
  try {
    await ended(maker, 'mmdebstrap', () => [...last, said()].join('\n'))
  } finally {
    signal?.removeEventListener('abort', stop)
  }
  return recipe.packages
}

/**
 * How this computer reaches a mirror, if not straight.
 * @returns {NodeJS.ProcessEnv}
 */
export function proxies() {
  return Object.fromEntries(Object.entries(process.env).filter(([key]) => /^(https?|no|ftp)_proxy$/i.test(key)))
}
