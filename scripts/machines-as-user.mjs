// The same as `prepareMachines` of machines.mjs, for an ordinary user: images are built by the root of a user namespace of that account.
// Node's built-ins only.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { closeOwnRoot, openOwnRoot, whyNoOwnRoot } from './own-root.mjs'

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
  const folder = mkdtempSync(join(tmpdir(), 'astrolabe-build-'))
  try {
    const root = await openOwnRoot(folder)
    if (root.words === undefined) {
      log(`Machines without root: ${root.reason}. ${root.remedy}`)
      return root.reason
    }
    await build([...root.words, process.execPath, fileURLToPath(import.meta.url), cacheFolder], log)
    return null
  } finally {
    await closeOwnRoot(folder)
    rmSync(folder, { recursive: true, force: true })
  }
}

function build([program, ...words], log) {
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ASTROLABE_NO_APT: '1' } })
  let rest = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) log(line)
  })
  return new Promise((done, reject) => {
    child.once('error', reject)
    child.once('close', (code) => (code === 0 ? done() : reject(new Error('the base image could not be built'))))
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { prepareMachines } = await import('./machines.mjs')
  const { machines } = await prepareMachines({ log: (line) => console.log(line), cacheFolder: process.argv[2] })
  process.exit(machines ? 0 : 1)
}
