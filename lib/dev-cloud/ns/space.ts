import { createHash } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { passing } from '../crash-points.ts'
import type { MetadataRequest, MetadataResponse, PortFilter, SpaceNetwork } from '../driver.ts'
import { checkNetwork } from './check.ts'
import { enter, run, startDetached } from './command.ts'
import { filterScript } from './filter.ts'
import type { Hold } from './hold.ts'
import { FIRST_ID, ID_COUNT } from './ids.ts'
import { answerMetadata, type MetadataListener } from './metadata.ts'
import { openPortal, type Portal } from './portal.ts'
import { isAlive, kill, markOf, netNamespace, type ProcessMark } from './process.ts'
import type { Records, SpaceRecord } from './record.ts'
import { bridgeEndScript, bridgeScript, joinScript, keeperScript, routerScript, slotFor, spaceScript } from './script.ts'
import type { Standing } from './standing.ts'

/** What all spaces and machines of one driver share. */
export type Ground = {
  machinesFolder: string
  imageFolder: string
  volumesFolder: string
  /** Copies of disks: `<name>/<machine>`. */
  snapshotFolder: string
  /** See `DriverOptions`. */
  packageSources: string | undefined
  standing: Standing
  hold: Hold
  /** Names what is ours on this host: control groups, and a mark in the environment of our processes. */
  mark: string
  log: (line: string) => void
  records: Records
  /** What can be had on this computer; found out when the driver starts. */
  means: Means
  onMetadataRequest: (spaceId: string, request: MetadataRequest) => Promise<MetadataResponse>
}

/** `diskImages`: files with a file system of their own can be mounted. `filter`: system calls can be filtered (system-calls.ts). `packets` too. */
export type Means = { diskImages: boolean; filter: string[]; packets: boolean }

/** A live space: its user namespace, its router, its metadata address. */
export type Space = {
  record: SpaceRecord
  keeper: ProcessMark
  slot: string
  portal: Portal
  metadata: Promise<MetadataListener | null>
}

export function bridgeName(networkId: string): string {
  return `b${createHash('sha256').update(networkId).digest('hex').slice(0, 12)}`
}

function slotOf(ground: Ground): string {
  return slotFor([ground.machinesFolder, ground.imageFolder, ground.volumesFolder], existsSync)
}

/** Makes the namespaces of a space and the networks its record names. Nothing is left when it fails. */
export async function openSpace(ground: Ground, record: SpaceRecord): Promise<Space> {
  const slot = slotOf(ground)
  let space: Space | null = null
  let keeper: ProcessMark | null = null
  try {
    keeper = await passing('space is made', () => startKeeper(ground, { slot, id: record.id }))
    const live: SpaceRecord = { ...record, keeper, netNamespace: netNamespace(keeper.pid) }
    await passing('space is written down', () => ground.records.keepSpace(live))
    // Its metadata address comes up beside everything else: nobody asks before a machine has booted.
    space = withPortal(ground, { record: live, keeper, slot })
    for (const network of record.networks) await addBridge(ground, keeper, network)
    if (record.routers !== undefined) await setRouters(ground, space, record.routers)
    if (record.filters !== undefined) await setFilters(ground, space, record.filters)
    return space
  } catch (error) {
    await ground.hold.endSpace({ id: record.id, process: keeper })
    if (space !== null) await leaveSpace(space)
    throw error
  }
}

/** Takes over a space that an earlier process left running; null when it is gone. */
export function adoptSpace(ground: Ground, record: SpaceRecord): Space | null {
  if (!isAlive(record.keeper) || netNamespace(record.keeper.pid) !== record.netNamespace) return null
  return withPortal(ground, { record, keeper: record.keeper, slot: slotOf(ground) })
}

/** Ends the space: its processes, and with them its namespaces, mounts, bridges. */
export async function shutSpace(ground: Ground, space: Space): Promise<void> {
  await leaveSpace(space)
  await passing('space is ended', async () => {
    kill(space.keeper, 'SIGKILL')
    await ground.hold.endSpace({ id: space.record.id, process: space.keeper })
  })
}

/** Lets go of it without ending it. */
export async function leaveSpace(space: Space): Promise<void> {
  space.portal.close()
  await (await space.metadata)?.close()
}

/** Removes what a dead space left. */
export async function sweepSpace(ground: Ground, { id, keeper }: SpaceRecord): Promise<void> {
  await ground.hold.endSpace({ id, process: keeper })
}

export async function addNetwork(ground: Ground, space: Space, network: SpaceNetwork): Promise<void> {
  await addBridge(ground, space.keeper, network)
  const others = space.record.networks.filter((other) => other.id !== network.id)
  space.record = { ...space.record, networks: [...others, network] }
  ground.records.keepSpace(space.record)
}

export async function removeNetwork(ground: Ground, space: Space, networkId: string): Promise<void> {
  const script = bridgeEndScript(bridgeName(networkId))
  await run({ script, inside: { pid: space.keeper.pid, namespaces: ['net'] }, mark: ground.mark })
  space.record = { ...space.record, networks: space.record.networks.filter((network) => network.id !== networkId) }
  ground.records.keepSpace(space.record)
}

/** What is between the networks from now on. Those that are not there are left out: they may be on their way, or gone already. */
export async function setRouters(ground: Ground, space: Space, routers: string[][]): Promise<void> {
  const known = new Map(space.record.networks.map((network) => [network.id, network]))
  const ways = routers.map((ids) =>
    ids.flatMap((id) => {
      const network = known.get(id)
      return network === undefined ? [] : [{ bridge: bridgeName(id), gateway: network.gateway, prefixLength: checkNetwork(network) }]
    }),
  )
  await run({ script: routerScript(ways), inside: { pid: space.keeper.pid, namespaces: ['net'] }, mark: ground.mark })
  space.record = { ...space.record, routers }
  ground.records.keepSpace(space.record)
}

/** What may come in to which addresses from now on. What cannot be filtered is open, and said. */
export async function setFilters(ground: Ground, space: Space, filters: PortFilter[]): Promise<void> {
  space.record = { ...space.record, filters }
  ground.records.keepSpace(space.record)
  if (!ground.means.packets) return
  try {
    await run({ script: filterScript(filters), inside: { pid: space.keeper.pid, namespaces: ['net'] }, mark: ground.mark })
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    ground.log(`dev cloud: the security groups of space ${space.record.id} filter nothing: ${String(cause).trim().split('\n')[0]}`)
  }
}

async function addBridge(ground: Ground, keeper: ProcessMark, network: SpaceNetwork): Promise<void> {
  const prefixLength = checkNetwork(network)
  const script = bridgeScript({ bridge: bridgeName(network.id), gateway: network.gateway, prefixLength })
  await passing('network is made', () => run({ script, inside: { pid: keeper.pid, namespaces: ['net'] }, mark: ground.mark }))
}

/**
 * Two steps: real root prepares the mounts and makes the namespaces; then a process that is root only inside comes to
 * live in them and keeps them, and the first one goes.
 */
async function startKeeper(ground: Ground, { slot, id }: { slot: string; id: string }): Promise<ProcessMark> {
  const groups = ground.hold.space(id)
  const script = spaceScript({ slot, images: ground.imageFolder, machines: ground.machinesFolder, volumes: ground.volumesFolder })
  const joined = ['sh', '-ec', joinScript, 'sh', ...groups, '--']
  const maker = await startDetached([...joined, 'unshare', '-m', '--', 'sh', '-ec', script], {
    mark: ground.mark,
    onLine: (line) => line === 'ready',
  })
  const pid = maker.pid ?? 0
  try {
    for (const map of ['uid_map', 'gid_map']) writeFileSync(`/proc/${pid}/${map}`, `0 ${FIRST_ID} ${ID_COUNT}\n`)
    const words = [...joined, ...enter({ pid, namespaces: ['mount', 'net'] }), 'sh', '-ec', keeperScript]
    const keeper = await startDetached(words, { mark: ground.mark, onLine: (line) => line === 'up' })
    const mark = markOf(keeper.pid ?? 0)
    if (mark === null) throw new Error('the keeper of the space ended at once')
    return mark
  } finally {
    maker.kill('SIGKILL')
  }
}

function withPortal(ground: Ground, space: Pick<Space, 'record' | 'keeper' | 'slot'>): Space {
  const portal = openPortal({ keeperPid: space.keeper.pid, mark: ground.mark, nobody: ground.standing.nobody })
  const answer = (request: MetadataRequest) => ground.onMetadataRequest(space.record.id, request)
  const metadata = portal.listen().then(
    (listener) => answerMetadata(listener, answer),
    (error: unknown) => {
      // A space that is deleted at once has nobody to answer.
      const said = error instanceof Error ? error.message : String(error)
      if (isAlive(space.keeper)) ground.log(`dev cloud: no metadata in space ${space.record.id}: ${said}`)
      return null
    },
  )
  return { ...space, portal, metadata }
}
