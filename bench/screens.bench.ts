import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { labFolder } from '../e2e/lab-folder.ts'
import { startProduct } from '../e2e/product.ts'
import { registerPlatform } from '../e2e/rows.ts'
import { createTestPlatform } from '../lib/demo-course/test-platform.ts'
import { makeSshKeyPair } from '../lib/environments/key-pair.ts'
import { readCloudsYaml } from '../lib/openstack-heat-client/index.ts'
import { launchAs, personOf, viewOf } from './classmates.ts'
import { openRows } from './environment-row.ts'
import type { Door } from './lines.ts'
import { atMost, type Figure, percentile, report } from './report.ts'
import { play, scenes } from './scenes.ts'
import { openReference, openWindow, quiet, type Window } from './windows.ts'

/*
 * Bar 4 of "The terminal and the page": programs in two windows of one terminal, the second of which comes in the middle, and in a plain
 * SSH session that is typed the same. Each screen is to equal the reference's in every cell.
 *
 *   npm run bench -- screens [--only=NAME]
 */

const only = process.argv.find((argument) => argument.startsWith('--only='))?.slice(7)
const labs = labFolder({ idle: { after: '2h' } }, { 'environment.parameters.image': 'debian-12-tools' })
const product = await startProduct({ env: { ASTROLABE_LABS: labs } })
const rows = await openRows(product.databaseUrl, () => product.output().slice(-3000))
const platform = await createTestPlatform({ toolOrigin: product.origin })
await registerPlatform(rows, { name: 'Class', registration: platform.registration() })
const keys = mkdtempSync(join(tmpdir(), 'astrolabe-keys-'))
const figures: Record<string, Figure> = {}
const joins: number[] = []
const say = (words: string) => void process.stdout.write(`${words}\n`)

try {
  const mate = await launchAs(platform, product.origin, personOf(1))
  const view = await viewOf(mate, ({ phase, hosts }) => phase === 'ready' && hosts.length === 2, 300_000)
  const seat = { environment: view.id, generation: view.generation, host: 'node1' }
  const door = await doorTo((tab) => openWindow(mate, { ...seat, tab }))
  for (const [index, scene] of scenes.entries()) {
    if (only && !scene.name.startsWith(only)) continue
    const reference = await openReference(door)
    const tab = `t${index}`
    const first = await openWindow(mate, { ...seat, tab })
    const { found, joinMs, bytes } = await play(scene, { reference, first, join: () => openWindow(mate, { ...seat, tab }) })
    joins.push(joinMs)
    say(
      `${scene.name}: ${found.length === 0 ? 'equal' : `${found.length} differences`}, ${Math.round(bytes / 1024)} KB before the second window, whose last paint came ${Math.round(joinMs)} ms after its shell`,
    )
    for (const one of found.slice(0, 6)) say(`  ${one}`)
    figures[`screens.4 ${scene.name}`] = atMost(found.length, 'differences', 0)
  }
  figures['screens.4 join to last paint p50'] = { value: Math.round(percentile(joins, 0.5)), unit: 'ms' }
} finally {
  await platform.close()
  await rows.close()
  await product.stop()
  rmSync(labs, { recursive: true, force: true })
  rmSync(keys, { recursive: true, force: true })
}
report('screens', figures)

/** A key of our own on the machine, put there through a terminal. */
async function doorTo(open: (tab: string) => Promise<Window>): Promise<Door> {
  const pair = makeSshKeyPair('bench')
  const keyFile = join(keys, 'key')
  writeFileSync(keyFile, pair.privateKey, { mode: 0o600 })
  const window = await open('door')
  await quiet([window])
  window.type(`echo '${pair.publicKey}' >>~/.ssh/authorized_keys; exit\r`)
  await quiet([window])
  window.close()
  const { sshProxy } = readCloudsYaml(readFileSync(join(product.data, 'dev-cloud', 'clouds.yaml'), 'utf8'), 'dev')
  const [named] = await rows.query<{ address: string }>(`select address from host where name = 'node1'`)
  if (!sshProxy || !named) throw new Error('no way to the machine')
  return { proxyUrl: sshProxy, address: named.address, user: 'debian', privateKey: pair.privateKey, keyFile }
}
