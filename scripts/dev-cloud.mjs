// `npm run astrolabe -- dev-cloud status|console|connect|prune`: what runs in the embedded cloud of this checkout, what a machine printed,
// a way to it, and how to be rid of all of it. Needs neither the database nor a build; all but `connect` work whether or not the cloud runs,
// with Node's built-ins only.
import {
  closeSync,
  existsSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  realpathSync,
  statSync,
} from 'node:fs'
import { isIPv4 } from 'node:net'
import { join } from 'node:path'
import { prune } from './dev-cloud-prune.mjs'
import { controlGroups, markOfFolder } from './leftovers.mjs'
import { imageFolder } from './machines.mjs'

const USAGE = `dev-cloud status            what runs: stacks, machines, memory, disk, since when
dev-cloud console SERVER    what a machine printed, by its id or name
dev-cloud connect SERVER [PORT]
                            a connection to a machine, by its id, name or address; for the ProxyCommand of ssh
dev-cloud prune [--yes]     removes every machine, disk and record of the embedded cloud; without --yes it only says what would go`

/**
 * @param {string[]} words after `dev-cloud`
 * @param {{ data: string, print?: (line: string) => void, complain?: (line: string) => void }} place `data`: the installation's folder
 * @returns {Promise<number>} the exit status
 */
export async function devCloud(words, { data, print = console.log, complain = console.error }) {
  const folder = join(data, 'dev-cloud')
  const [verb, ...rest] = words
  if (verb === 'status' && rest.length === 0) return status(folder, print)
  if (verb === 'console' && rest.length === 1) return printed(folder, rest[0], print)
  if (verb === 'connect' && (rest.length === 1 || rest.length === 2)) return connected(folder, rest, complain)
  if (verb === 'prune' && rest.every((word) => word === '--yes')) {
    if (await askControl(folder, '/')) {
      print('The embedded cloud is running. Stop it first (Ctrl-C where npm start runs): prune takes all that it has.')
      return 1
    }
    return prune(folder, { isMeant: rest.includes('--yes'), print })
  }
  print(USAGE)
  return verb === undefined || verb === 'help' ? 0 : 2
}

async function status(folder, print) {
  if (!existsSync(folder)) {
    print('There is no embedded cloud here: nothing runs, nothing is kept.')
    return 0
  }
  const control = await askControl(folder, '/about')
  print(control ? 'The embedded cloud is running.' : 'The embedded cloud is not running.')
  for (const line of control?.about ?? []) print(`  ${line}`)
  const live = (await askControl(folder, '/servers'))?.servers
  const machines = machinesOf(folder)
  const stacks = stacksOf(folder)
  for (const stack of stacks) {
    print(`\n${stack.name}  ${stack.action}_${stack.status}  since ${new Date(stack.createdAt).toISOString().slice(0, 19)}Z`)
    const own = machines.filter(({ spaceId }) => spaceId === stack.id || Object.hasOwn(stack.nested ?? {}, spaceId))
    for (const machine of own) print(`  ${line(folder, machine, live)}`)
  }
  const known = new Set(stacks.flatMap((stack) => [stack.id, ...Object.keys(stack.nested ?? {})]))
  const strays = machines.filter(({ spaceId }) => !known.has(spaceId))
  if (strays.length > 0) print('\nBelonging to no stack:')
  for (const machine of strays) print(`  ${line(folder, machine, live)}`)
  const volumes = Object.values(readJson(join(folder, 'project.json'))?.volumes ?? {})
  if (volumes.length > 0) print('\nVolumes:')
  for (const volume of volumes) print(`  ${volumeLine(folder, volume, machines)}`)
  if (stacks.length + strays.length === 0) print('There are no stacks.')
  const images = imagesOf()
  print(`\nImages: ${images.length === 0 ? 'none' : images.join(', ')}`)
  return 0
}

/** What its own record and the kernel say of a machine, and what Nova would, where the cloud runs. */
function line(folder, machine, live) {
  const { id, spec } = machine
  const nova = live?.find((server) => server.id === id)
  const place = join(folder, 'machines', 'machines', id)
  const booted = statOf(join(place, 'start.sh'))
  return [
    nova?.name ?? spec.name,
    id,
    nova?.status ?? '-',
    stateOf(folder, machine),
    `memory ${megabytes(memoryOf(folder, id))} of ${spec.flavor.ramMiB} MB`,
    `disk ${megabytes(diskOf(place))} of ${spec.flavor.diskGiB * 1024} MB`,
    booted ? `since ${booted.mtime.toISOString().slice(0, 19)}Z` : 'never booted',
    [nova?.address, nova?.floatingAddress].filter(Boolean).join(' / '),
  ]
    .filter(Boolean)
    .join('  ')
}

function volumeLine(folder, { id, name, sizeGiB }, machines) {
  const place = join(folder, 'machines', 'volumes', id)
  const file = statOf(join(place, 'volume.img')) ?? statOf(join(place, 'disk', 'data'))
  const owner = machines.find(({ spec }) => spec.volumes?.some((volume) => volume.id === id))
  const device = owner?.spec.volumes.find((volume) => volume.id === id).device
  const disk = `disk ${megabytes(file ? file.blocks * 512 : undefined)} of ${sizeGiB * 1024} MB`
  return [name || '-', id, disk, owner ? `/dev/${device} of ${owner.spec.name}` : 'free'].join('  ')
}

function printed(folder, wanted, print) {
  const [machine, ...more] = machinesOf(folder).filter(({ id, spec }) => [id, spec.name].includes(wanted) || id.startsWith(wanted))
  if (!machine || more.length > 0) {
    print(machine ? `Several machines are called ${wanted}; say the id.` : `There is no machine ${wanted}.`)
    return 1
  }
  print(endOf(consoleOf(folder, machine), 64 * 1024))
  return 0
}

async function connected(folder, [wanted, port = '22'], complain) {
  const { connectTo } = await import('./dev-cloud-connect.mjs')
  const servers = (await askControl(folder, '/servers'))?.servers ?? []
  const [found, ...more] = servers.filter(({ id, name }) => [id, name].includes(wanted))
  const address = isIPv4(wanted) ? wanted : found?.floatingAddress
  try {
    if (more.length > 0) throw new Error(`Several machines are called ${wanted}; say the id.`)
    if (!address) throw new Error(found ? `${wanted} has no floating address.` : `There is no machine ${wanted}.`)
    await connectTo(folder, { address, port: Number(port) }, { input: process.stdin, output: process.stdout })
    return 0
  } catch (error) {
    complain(error.message)
    return 1
  }
}

/** On the machine's own disk, which only the space has mounted; else what was kept of it. */
function consoleOf(folder, { id, spaceId, disk }) {
  const kept = join(folder, 'machines', 'machines', id, 'console.log')
  const pid = readJson(join(folder, 'machines', 'spaces', `${spaceId}.json`))?.keeper?.pid
  if (disk !== 'image' || pid === undefined) return kept
  const at = read(`/proc/${pid}/mountinfo`)
    .split('\n')
    .map((entry) => entry.split(' ')[4])
    .find((path) => path?.endsWith(`/machines/${id}/disk`))
  return at === undefined ? kept : join(`/proc/${pid}/root`, at, 'console.log')
}

function stateOf(folder, { id, state, process: first }) {
  if (state !== 'on') return state
  const stat = read(`/proc/${first?.pid}/stat`)
  if (stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] !== first?.started) return 'dead'
  const frozen = groupsOf(folder, id).some((group) => /^frozen 1$/m.test(read(join(group, 'cgroup.events'))))
  return frozen ? 'frozen' : 'on'
}

function memoryOf(folder, id) {
  const sizes = groupsOf(folder, id).flatMap((group) =>
    ['memory.current', 'memory.usage_in_bytes'].map((file) => Number.parseInt(read(join(group, file)), 10)),
  )
  return sizes.find((size) => size > 0)
}

function groupsOf(folder, id) {
  return controlGroups(markOfFolder(realpathSync(join(folder, 'machines')))).filter((group) => group.endsWith(`/machine-${id}`))
}

/** The file that holds it, as much of it as is there. What lies in a folder is not counted: that would take as long as reading it. */
function diskOf(place) {
  const image = statOf(join(place, 'disk.img'))
  return image ? image.blocks * 512 : undefined
}

function megabytes(bytes) {
  return bytes === undefined ? '?' : String(Math.round(bytes / 2 ** 20))
}

function machinesOf(folder) {
  return recordsIn(join(folder, 'machines', 'records')).filter(({ spec }) => spec)
}

function stacksOf(folder) {
  return recordsIn(join(folder, 'stacks')).filter(({ deletedAt }) => !deletedAt)
}

function recordsIn(folder) {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : []
  return names.map((name) => readJson(join(folder, name))).filter((record) => record !== null)
}

/** The names that templates may say, each with the folder that it means at present. */
function imagesOf() {
  const folder = imageFolder()
  if (!existsSync(folder)) return []
  const names = readdirSync(folder).filter((name) => lstatSync(join(folder, name)).isSymbolicLink())
  return names.map((name) => `${name} (${readlinkSync(join(folder, name))})`)
}

/** What the running cloud answers at its control address; null: it does not run, or not any more. */
async function askControl(folder, path) {
  const found = readJson(join(folder, 'control.json'))
  if (!found) return null
  try {
    const answer = await fetch(found.url + path, {
      headers: { authorization: `Bearer ${found.token}` },
      signal: AbortSignal.timeout(3_000),
    })
    return answer.ok ? await answer.json() : null
  } catch {
    return null
  }
}

function endOf(path, bytes) {
  const size = statOf(path)?.size ?? 0
  if (size === 0) return ''
  const file = openSync(path, 'r')
  try {
    const buffer = Buffer.alloc(Math.min(size, bytes))
    return buffer.subarray(0, readSync(file, buffer, { position: size - buffer.length })).toString('utf8')
  } finally {
    closeSync(file)
  }
}

function statOf(path) {
  return statSync(path, { throwIfNoEntry: false })
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return null
  }
}

function read(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
