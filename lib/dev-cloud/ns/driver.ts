import { createHash } from 'node:crypto'
import { mkdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import type { Driver, DriverOptions } from '../driver.ts'
import { NsCloud } from './cloud.ts'
import { createHold } from './hold.ts'
import { raiseInotify, restoreInotify } from './inotify.ts'
import { openRecords } from './record.ts'
import type { Ground } from './space.ts'
import { type Standing, takeStand } from './standing.ts'

/** How long a machine may take to power off before it is killed, when a person asked for it. */
const STOP_PATIENCE_MS = 5_000

/** The name of everything that belongs to this folder's cloud on this host. */
export function markOfFolder(folder: string): string {
  return `astrolabe-${createHash('sha256').update(folder).digest('hex').slice(0, 12)}`
}

/** Machines as Linux sandboxes: root here, by its own right or in an ordinary user's namespace; never root outside inside. */
export function createNsDriver(options: DriverOptions, standing: Standing): Driver {
  mkdirSync(join(options.folder, 'machines'), { recursive: true, mode: 0o755 })
  const folder = realpathSync(options.folder)
  mkdirSync(options.imageFolder, { recursive: true })
  const mark = markOfFolder(folder)
  const machinesFolder = join(folder, 'machines')
  const ground: Ground = {
    machinesFolder,
    imageFolder: realpathSync(options.imageFolder),
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
    start: async () => {
      takeStand(standing)
      if (standing.root === 'computer') raiseInotify(limit)
      await cloud.start()
    },
    createSpace: (id) => cloud.createSpace(id),
    createNetwork: (id, network) => cloud.createNetwork(id, network),
    deleteNetwork: (id, networkId) => cloud.deleteNetwork(id, networkId),
    deleteSpace: (id) => cloud.deleteSpace(id),
    createServer: (server) => cloud.createServer(server),
    deleteServer: (id) => cloud.deleteServer(id),
    stopServer: (id) => cloud.stopServer(id, STOP_PATIENCE_MS),
    startServer: (id, changed) => cloud.startServer(id, changed),
    freezeServer: (id) => cloud.freezeServer(id, true),
    thawServer: (id) => cloud.freezeServer(id, false),
    dial: (id, port) => cloud.dial(id, port),
    inspect: async () => cloud.inspect(),
    consoleLog: (id, bytes) => cloud.consoleLog(id, bytes),
    close: (machines) => {
      closed ??= close(machines)
      return closed
    },
  }
}
