import { spawn } from 'node:child_process'
import {
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { whyNoOwnRoot } from '../../../scripts/own-root.mjs'
import { destroyGroup, findCgroupTrees } from './cgroup.ts'
import { imageFolder } from './driver.fixture.ts'
import { FIRST_ID, ID_COUNT } from './ids.ts'
import { findStanding } from './standing.ts'

const checkout = resolve(import.meta.dirname, '../../..')

/**
 * Somebody without root who may use the machines' images. Started by root it is an account that exists in a mount namespace only, with
 * what it needs bound to where it may go: nothing of this computer is changed. Started by an ordinary user it is that user.
 */
export type OrdinaryUser = {
  /** A folder of theirs. */
  folder: string
  /** Their own view of the checkout. */
  checkout: string
  /** Words that start a command as them. */
  words: (command: string[]) => string[]
  env: Record<string, string | undefined>
  remove(): Promise<void>
}

/** Why the story cannot be told here, or null. @param withGroup a control group is to be handed over */
export function whyNoOrdinaryUser(withGroup: boolean): string | null {
  if (process.getuid?.() !== 0) {
    const standing = withGroup ? findStanding() : null
    return whyNoOwnRoot()?.reason ?? (standing?.trees === null ? 'no control group was handed over' : null)
  }
  if (!existsSync('/usr/bin/newuidmap')) return 'uidmap is not installed'
  const absent = ['/etc/subuid', '/etc/subgid'].find((path) => !existsSync(path))
  if (absent !== undefined) return `there is no ${absent}`
  return withGroup && findCgroupTrees() === null ? 'there is no cgroup v2 hierarchy' : null
}

/** @param withGroup they are started in a control group that was handed to them, else in one that was not */
export function ordinaryUser(withGroup: boolean): OrdinaryUser {
  const place = mkdtempSync(join(tmpdir(), 'astrolabe-user-'))
  const folder = join(place, 'home')
  mkdirSync(folder)
  const env = { PATH: process.env.PATH, HOME: folder, LC_ALL: 'C', ...(withGroup ? {} : { DEV_CLOUD_CGROUP: '/nowhere' }) }
  const remove = async () => rmSync(place, { recursive: true, force: true })
  if (process.getuid?.() !== 0) return { folder, checkout, words: (command) => command, env, remove }
  const uid = 60_000 + (process.pid % 1000)
  const name = `astrolabe-test-${process.pid}`
  const groups = withGroup ? handOver(name, uid) : []
  const script = prepare({ place, folder, uid, groups })
  const words = (command: string[]) => ['unshare', '-m', '--', 'sh', '-ec', script, 'sh', ...command]
  const seen = join(place, 'checkout')
  return {
    folder,
    checkout: seen,
    words: (command) => words(command.map((word) => (word.startsWith(`${checkout}/`) ? join(seen, relative(checkout, word)) : word))),
    env: { ...env, XDG_CACHE_HOME: join(place, 'cache'), USER: 'ordinary' },
    async remove() {
      const trees = withGroup ? findCgroupTrees() : null
      if (trees !== null) await destroyGroup(trees, name)
      await remove()
    },
  }
}

/** Real root's part, in a mount namespace of its own: accounts with one more, the checkout and the images where that one may go. */
function prepare({ place, folder, uid, groups }: { place: string; folder: string; uid: number; groups: string[] }): string {
  const files = {
    passwd: `root:x:0:0::/root:/bin/sh\nordinary:x:${uid}:${uid}::${folder}:/bin/sh\n`,
    group: `root:x:0:\nordinary:x:${uid}:\n`,
    // The same ids as root's machines have, so that root's images are theirs.
    subuid: `ordinary:${FIRST_ID}:${ID_COUNT}\n`,
    subgid: `ordinary:${FIRST_ID}:${ID_COUNT}\n`,
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(place, name), text)
  const images = join(place, 'cache/astrolabe/images')
  for (const path of [join(place, 'checkout'), images]) mkdirSync(path, { recursive: true })
  const layers = readdirSync(imageFolder()).filter((name) => !name.startsWith('.'))
  for (const name of layers) {
    const from = join(imageFolder(), name)
    if (lstatSync(from).isSymbolicLink()) symlinkSync(readlinkSync(from), join(images, name))
    else mkdirSync(join(images, name))
  }
  for (const path of [place, folder, images, join(images, '..'), join(place, 'cache')]) chownSync(path, uid, uid)
  return `${groups.map((group) => `echo $$ > ${group}/cgroup.procs`).join('\n')}
${Object.keys(files)
  .map((name) => `mount --bind ${place}/${name} /etc/${name}`)
  .join('\n')}
mount --bind ${checkout} ${place}/checkout
for layer in ${images}/*; do [ -L $layer ] || mount --bind ${imageFolder()}/\${layer##*/} $layer; done
exec setpriv --reuid ${uid} --regid ${uid} --clear-groups -- "$@"`
}

/** Hands over one group of each tree, as systemd does with `Delegate=yes`. */
function handOver(name: string, uid: number): string[] {
  const trees = findCgroupTrees()
  const tops = trees === null ? [] : [trees.unified, ...Object.values(trees.legacy)]
  return [...new Set(tops)].map((top) => {
    const group = join(top, name)
    mkdirSync(group)
    for (const file of ['', 'cgroup.procs', 'cgroup.threads', 'cgroup.subtree_control', 'tasks'])
      if (existsSync(join(group, file))) chownSync(join(group, file), uid, uid)
    return group
  })
}

/** Runs a program as that user to its end; rejects with what it said unless it ended well. */
export function runAs(user: OrdinaryUser, command: string[], env: Record<string, string> = {}): Promise<string> {
  const [program = '', ...words] = user.words(command)
  const child = spawn(program, words, { env: { ...user.env, ...env, NODE_ENV: 'test' }, cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let said = ''
  child.stdout?.on('data', (text: Buffer) => (out += text.toString()))
  child.stderr?.on('data', (text: Buffer) => (said += text.toString()))
  return new Promise((done, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => (code === 0 ? done(out) : reject(new Error(`${signal ?? code}: ${out}${said}`))))
  })
}
