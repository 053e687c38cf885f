import { createHash } from 'node:crypto'
import { mkdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import type { Driver, DriverOptions } from '../driver.ts'
import { registerUser } from '../images/inventory.mjs'
import { NsCloud } from './cloud.ts'
import { whyNoImages } from './disk-image.ts'
import { whyNoFilter } from './filter.ts'
import { createHold } from './hold.ts'
import { raiseInotify, restoreInotify } from './inotify.ts'
import { openRecords } from './record.ts'
import type { Ground, Means } from './space.ts'
import { type Standing, takeStand } from './standing.ts'
import { filterWords } from './system-calls.ts'

/** How long a machine may take to power off before it is killed, when a person asked for it. */
const STOP_PATIENCE_MS = 5_000

/** The name of everything that belongs to this folder's cloud on this host. */
export function markOfFolder(folder: string): string {
  return `astrolabe-${createHash('sha256').update(folder).digest('hex').slice(0, 12)}`
}

/** Tries what better limits need; what real root cannot have is said. In a namespace of its own nobody may mount a file. */
async function findMeans(ground: Ground): Promise<Means> {
  const mayMount = ground.standing.root === 'computer'
  const [why, filter] = await Promise.all([mayMount ? whyNoImages(ground) : 'not real root', filterWords(ground.mark, ground.log)])
  if (why !== null && mayMount) ground.log(`dev cloud: disks are measured from time to time instead of having a size: ${why}`)
  return { diskImages: why === null, filter, packets: whyNoFilter() === null }
}

/** Machines as Linux sandboxes: root here, by its own right or in an ordinary user's namespace; never root outside inside. */
export function createNsDriver(options: DriverOptions, standing: Standing): Driver {
  for (const name of ['machines', 'volumes']) mkdirSync(join(options.folder, name), { recursive: true, mode: 0o755 })
  const folder = realpathSync(options.folder)
  mkdirSync(options.imageFolder, { recursive: true })
  const mark = markOfFolder(folder)
  const machinesFolder = join(folder, 'machines')
  const ground: Ground = {
    machinesFolder,
    imageFolder: realpathSync(options.imageFolder),
    volumesFolder: join(folder, 'volumes'),
    snapshotFolder: join(folder, 'snapshots'),
    packageSources: options.packageSources,
    means: { diskImages: false, filter: [], packets: false },
    standing,
    hold: createHold(standing.trees, { mark, machinesFolder }),
    mark,
    log: options.log,
    records: openRecords(folder),
    onMetadataRequest(spaceId, request) {
      if (request.method === 'POST') cloud.heard(spaceId, request.remoteAddress)
      return options.events.onMetadataRequest(spaceId, request)
    },
  }
  const cloud = new NsCloud(ground, options)
  const limit = { folder, mark, log: options.log }
  let closed: Promise<void> | null = null
  const close = async (machines: 'stop' | 'keep') => {
    await cloud.close(machines)
    if (machines === 'stop' && standing.root === 'computer') restoreInotify(limit)
  }
  return {
    name: 'ns',
    start: async (_before, spaces) => {
      takeStand(standing)
      if (standing.root === 'computer') raiseInotify(limit)
      ground.means = await findMeans(ground)
      registerUser(ground.imageFolder, { mark, folder })
      await cloud.start(spaces)
    },
    createSpace: (id) => cloud.spaces.create(id),
    createNetwork: (id, network) => cloud.spaces.addNetwork(id, network),
    deleteNetwork: (id, networkId) => cloud.spaces.removeNetwork(id, networkId),
    connectNetworks: (id, routers) => cloud.spaces.connect(id, routers),
    filterSpace: (id, filters) => cloud.spaces.filter(id, filters),
    deleteSpace: (id) => cloud.deleteSpace(id),
    createServer: (server) => cloud.createServer(server),
    deleteServer: (id) => cloud.deleteServer(id),
    stopServer: (id) => cloud.stopServer(id, STOP_PATIENCE_MS),
    startServer: (id, changed) => cloud.startServer(id, changed),
    freezeServer: (id) => cloud.freezeServer(id, true),
    thawServer: (id) => cloud.freezeServer(id, false),
    tellHosts: (id, hosts) => cloud.names.tell(id, hosts),
    snapshotServer: (id, name) => cloud.snapshotServer(id, name),
    restoreServer: (id, name) => cloud.restoreServer(id, name),
    deleteSnapshot: (name) => cloud.deleteSnapshot(name),
    createVolume: (volume) => cloud.volumes.create(volume),
    deleteVolume: (id) => cloud.volumes.remove(id),
    attachVolume: (serverId, volume) => cloud.volumes.attach(serverId, volume),
    detachVolume: (serverId, volumeId) => cloud.volumes.detach(serverId, volumeId),
    dial: (id, port) => cloud.dial(id, port),
    inspect: async () => cloud.inspect(),
    consoleLog: (id, bytes) => cloud.consoleLog(id, bytes),
    close: (machines) => {
      closed ??= close(machines)
      return closed
    },
  }
}
