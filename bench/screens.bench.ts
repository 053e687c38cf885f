import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
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
import { differences, openReference, openWindow, quiet, type Window } from './windows.ts'

/*
 * Bar 4 of "The terminal and the page": programs in two windows of one terminal, the second of which comes in the middle, and in a plain
 * SSH session that is typed the same. Each screen is to equal the reference's in every cell.
 *
 *   npm run bench -- screens [--only=NAME]
 */

type Scene = {
  name: string
  /** Typed at a prompt. */
  begin: string
  /** Typed before the second window comes. */
  before: string[]
  after: string[]
  /** The second window comes while this is still being printed. */
  midway?: boolean
  end: string
}

const lines = (count: number) => Array.from({ length: count }, (_, index) => `line ${index + 1} of what is pasted here`).join('\n')
const times = (count: number, ...keys: string[]) => Array.from({ length: count }, () => keys).flat()
const text = 'for i in $(seq 900); do echo "$i the quick brown fox jumps over the lazy dog"; done > text-$$; clear; '

/** Every full-screen program twice: shortly after its first paint, and when that lies further back than what is kept of the output. */
const scenes: Scene[] = [
  {
    name: 'vim',
    begin: `${text} vim -n -i NONE -u NONE -N +'set laststatus=2 ruler hlsearch' text-$$`,
    before: ['5G', '/fox\r', 'ihello \x1b'],
    after: ['\x06', 'Gotail\x1b', 'gg'],
    end: '\x1b:q!\r',
  },
  {
    name: 'vim, long',
    begin: `${text} vim -n -i NONE -N text-$$`,
    before: [...times(90, '\x06\x06\x06', '\x02\x02'), 'x'],
    after: ['/lazy\r', 'ihello \x1b', '\x06'],
    end: '\x1b:q!\r',
  },
  { name: 'htop', begin: 'clear; htop -d 100 --readonly -u nobody', before: ['\x1bOQ'], after: ['\x1b'], end: 'q' },
  {
    name: 'tmux',
    begin: 'clear; tmux -L t$$ -f /dev/null',
    before: ['seq 100\r', '\x02%', 'echo right\r'],
    after: ['\x02"', 'echo below\r', '\x02o'],
    end: '\x02:kill-server\r',
  },
  {
    name: 'tmux, long',
    begin: 'clear; tmux -L t$$ -f /dev/null',
    before: [...times(60, 'seq 300\r'), 'clear\r', '\x02%', 'seq 30\r'],
    after: ['seq 15\r', '\x02o', 'echo left\r'],
    end: '\x02:kill-server\r',
  },
  { name: 'less', begin: `${text} less text-$$`, before: [' ', ' ', '/lazy\r'], after: ['b', 'k', 'G'], end: 'q' },
  { name: 'less, long', begin: `${text} less text-$$`, before: times(90, '   ', 'bb'), after: ['/lazy\r', 'b', 'k'], end: 'q' },
  { name: 'mc', begin: 'clear; mc -u -d /etc /usr', before: ['\x1b[B\x1b[B', '\t'], after: ['\x1b[B', '\t\x1b[B'], end: '\x1b0' },
  {
    name: 'mc, long',
    begin: 'clear; mc -u -d /etc /usr',
    before: times(60, '\x1b[B\x1b[B', '\t\t', '\x0c'),
    after: ['\x1b[B', '\t\x1b[B'],
    end: '\x1b0',
  },
  {
    name: 'Python',
    begin: 'clear; python3 -q',
    before: ['for i in range(5): print(i, "é 漢字 🙂")\r\r', '"unfinished" +'],
    after: [' "line"\r', 'import sys\r'],
    end: '\x15exit()\r',
  },
  {
    name: 'Node',
    begin: 'clear; NODE_REPL_HISTORY= node',
    before: ['[1, "two", { three: 3 }]\r', 'function f() {\r'],
    after: ['return 1 }\r', 'f()\r', 'Math.'],
    end: '\x15.exit\r',
  },
  {
    name: 'progress bar',
    begin: `clear; for i in $(seq 0 200); do printf '\\r%3d [%-60s]' $i $(printf '#%.0s' $(seq 1 $((i*60/200+1)))); sleep 0.01; done; echo`,
    before: [],
    after: ['echo done\r'],
    midway: true,
    end: '',
  },
  {
    name: '24-bit colour',
    begin: `clear; for i in $(seq 0 255); do printf '\\033[38;2;%d;%d;0m\\033[48;2;0;%d;90m%02x\\033[0m' $i $((255-i)) $i $i; done; printf '\\033[1;3;4;9m\\033[38;5;123mall\\033[m 漢字\\n'; sleep 0.3`,
    before: [],
    after: [`printf '\\033[7mback\\033[m\\n'\r`],
    midway: true,
    end: '',
  },
  { name: 'paste', begin: 'clear; cat >/dev/null', before: [`${lines(20_000)}\n`], after: ['the last\r'], midway: true, end: '\x04' },
]

/** Between the keys of somebody who leafs through: a program paints for each. */
const KEY_MS = 30

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

type Cast = { reference: Window; first: Window; join: () => Promise<Window> }

async function play(scene: Scene, { reference, first, join: come }: Cast): Promise<{ found: string[]; joinMs: number; bytes: number }> {
  const early = [reference, first]
  const found: string[] = []
  const press = async (windows: Window[], keys: string[], settled = true) => {
    const hasty = keys.length > 20
    for (const key of keys) {
      reference.type(key)
      first.type(key)
      if (hasty) await delay(KEY_MS)
      else if (settled) await quiet(windows)
    }
    if (hasty) await quiet(windows)
  }
  const compare = (moment: string, windows: Record<string, Window>) => {
    for (const [who, window] of Object.entries(windows))
      for (const one of differences(window.terminal, reference.terminal)) found.push(`${moment}, ${who}: ${one}`)
  }
  await quiet(early)
  await press(early, [`${scene.begin}\r`], !scene.midway || scene.before.length > 0)
  await press(early, scene.before, !scene.midway)
  if (scene.midway) await delay(250)
  const bytes = first.bytes()
  if (!scene.midway) compare('before', { first })
  const second = await come()
  const joined = performance.now()
  const all = [...early, second]
  await quiet(all)
  const joinMs = Math.max(0, second.drawnAt() - joined)
  compare('joined', { first, second })
  await press(all, scene.after)
  compare('after', { first, second })
  await press(all, [scene.end, 'exit\r'])
  for (const window of all) window.close()
  return { found, joinMs, bytes }
}

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
