// The same as `prepareMachines` of machines.mjs, for an ordinary user: images are built by the root of a user namespace of that account.
// Node's built-ins only.
import { fileURLToPath } from 'node:url'
import { throughOwnRoot, whyNoOwnRoot } from './own-root.mjs'

/**
 * Nothing is installed: what root has to do once is said in one line.
 * @param {{ log: (line: string) => void, cacheFolder: string, packages: string[], ready: boolean }} options `packages`: of Debian, that are
 *   missing; `ready`: the base image is there
 * @returns {Promise<string | null>} why there can be no machines, or null
 */
export async function prepareAsUser({ log, cacheFolder, packages, ready }) {
  const no = whyNoOwnRoot(packages)
  if (no) {
    log(`Machines without root: ${no.reason}. ${no.remedy}`)
    log('Or start with: sudo npm start. Everything but machines works without.')
    return no.reason
  }
  if (ready) return null
  const builder = [process.execPath, fileURLToPath(import.meta.url), cacheFolder]
  const tried = await throughOwnRoot(builder, { stdio: 'inherit', env: { ...process.env, ASTROLABE_NO_APT: '1' } })
  if (tried.code === 0) return null
  if (tried.code !== undefined) throw new Error('the base image could not be built')
  log(`Machines without root: ${tried.reason}. ${tried.remedy}`)
  return tried.reason
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  // Not awaited: machines.mjs needs this module to be whole.
  void import('./machines.mjs')
    .then(({ prepareMachines }) => prepareMachines({ log: (line) => console.log(line), cacheFolder: process.argv[2] }))
    .then(({ machines }) => process.exit(machines ? 0 : 1))
}
