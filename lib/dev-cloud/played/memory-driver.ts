import { Duplex } from 'node:stream'
import { type Driver, type DriverEvents, DriverFailure, type MetadataResponse, type PortFilter, type ServerSpec } from '../driver.ts'

/** Machines that are only played. `plays` is what a machine does once it runs, such as sending its signal. */
export type MemoryOptions = {
  /** How long a machine takes to start, by its name. */
  startMs?: (name: string) => number
  /** Called when a machine begins to start; it runs when this resolves. */
  starting?: (name: string) => Promise<void>
  /** Called when a machine is to be frozen, thawed, stopped, started or deleted; it happens when this resolves. */
  acting?: (verb: 'freeze' | 'thaw' | 'stop' | 'start' | 'delete', name: string) => Promise<void>
  plays?: (
    server: ServerSpec,
    call: (path: string, init: { method: string; token?: string; body: string }) => Promise<MetadataResponse>,
  ) => void
  /** Throws to make a machine fail. */
  refuses?: (server: ServerSpec) => string | undefined
}
/** What outlives a process: disks, and what was asked of the driver, in order. */
export type MemoryHost = {
  machines: Map<string, { spec: ServerSpec; state: 'on' | 'off' | 'frozen' }>
  spaces: Map<string, Set<string>>
  /** What may come in, by space. */
  filters: Map<string, PortFilter[]>
  /** The machines whose disks are kept, by the name of the copies. */
  snapshots: Map<string, Set<string>>
  /** Their sizes in GiB. */
  volumes: Map<string, number>
  calls: string[]
}

export const memoryHost = (): MemoryHost => ({
  machines: new Map(),
  spaces: new Map(),
  filters: new Map(),
  snapshots: new Map(),
  volumes: new Map(),
  calls: [],
})

/**
 * A driver without machines, for tests of the APIs and of many stacks at once. It is stricter than a real one: a machine in a space
 * or on a network that does not exist, or an unknown machine, is an error.
 */
export function createMemoryDriver(events: DriverEvents, host: MemoryHost, options: MemoryOptions = {}): Driver {
  const timers = new Set<NodeJS.Timeout>()
  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      if (ms <= 0) return resolve()
      const timer = setTimeout(() => {
        timers.delete(timer)
        resolve()
      }, ms)
      timers.add(timer)
    })
  const known = (id: string) => {
    const machine = host.machines.get(id)
    if (!machine) throw new Error(`There is no machine ${id}.`)
    return machine
  }
  const change = async (verb: string, id: string, state: 'on' | 'off' | 'frozen') => {
    host.calls.push(`${verb} ${known(id).spec.name}`)
    known(id).state = state
  }
  const boot = (spec: ServerSpec) => {
    options.plays?.(spec, (path, { method, token, body }) => {
      const headers: Record<string, string> = token === undefined ? {} : { 'x-auth-token': token }
      return events.onMetadataRequest(spec.spaceId, { method, path, headers, body, remoteAddress: spec.nics[0]?.address ?? '' })
    })
  }
  return {
    name: 'memory',
    start: async () => undefined,
    createSpace: async (id) => {
      if (!host.spaces.has(id)) host.spaces.set(id, new Set())
    },
    createNetwork: async (spaceId, network) => {
      const space = host.spaces.get(spaceId)
      if (!space) throw new Error(`There is no space ${spaceId}.`)
      space.add(network.id)
    },
    deleteNetwork: async (spaceId, networkId) => {
      host.calls.push('delete network')
      host.spaces.get(spaceId)?.delete(networkId)
    },
    connectNetworks: async (spaceId, routers) => {
      const networks = host.spaces.get(spaceId)
      for (const id of routers.flat()) if (!networks?.has(id)) throw new Error(`There is no network ${id}.`)
    },
    filterSpace: async (spaceId, filters) => {
      host.filters.set(spaceId, filters)
    },
    deleteSpace: async (id) => {
      host.calls.push('delete space')
      host.spaces.delete(id)
      for (const { spec } of host.machines.values()) if (spec.spaceId === id) host.machines.delete(spec.id)
    },
    async createServer(spec) {
      const refusal = options.refuses?.(spec)
      if (refusal !== undefined) throw new Error(refusal)
      for (const nic of spec.nics)
        if (!host.spaces.get(spec.spaceId)?.has(nic.networkId)) throw new Error(`There is no network ${nic.networkId}.`)
      const existing = host.machines.get(spec.id)
      if (existing?.state === 'off') return change('start', spec.id, 'on')
      if (existing) return
      host.calls.push(`create ${spec.name}`)
      host.machines.set(spec.id, { spec: structuredClone(spec), state: 'on' })
      await pause(options.startMs?.(spec.name) ?? 0)
      await options.starting?.(spec.name)
      if (!host.machines.has(spec.id)) throw new Error('The machine was deleted while it started.')
      boot(spec)
    },
    deleteServer: async (id) => {
      const machine = host.machines.get(id)
      if (machine) await options.acting?.('delete', machine.spec.name)
      if (machine) host.calls.push(`delete ${machine.spec.name}`)
      host.machines.delete(id)
    },
    async stopServer(id) {
      await options.acting?.('stop', known(id).spec.name)
      await change('stop', id, 'off')
    },
    async startServer(id) {
      await options.acting?.('start', known(id).spec.name)
      await change('start', id, 'on')
    },
    async freezeServer(id) {
      if (known(id).state === 'off') throw new DriverFailure('machine.off', 'This machine is off.')
      await options.acting?.('freeze', known(id).spec.name)
      await change('freeze', id, 'frozen')
    },
    async thawServer(id) {
      if (known(id).state === 'off') throw new DriverFailure('machine.off', 'This machine is off.')
      if (known(id).state !== 'frozen') throw new Error(`Machine ${id} is not frozen.`)
      await options.acting?.('thaw', known(id).spec.name)
      await change('thaw', id, 'on')
    },
    async tellHosts(id, hosts) {
      known(id).spec.hosts = hosts
    },
    async snapshotServer(id, snapshotId) {
      host.calls.push(`snapshot ${known(id).spec.name}`)
      host.snapshots.set(snapshotId, new Set(host.snapshots.get(snapshotId)).add(id))
    },
    async restoreServer(id, snapshotId) {
      const { spec, state } = known(id)
      if (!host.snapshots.get(snapshotId)?.has(id)) throw new DriverFailure('snapshot.missing', 'There is no such copy of this disk.')
      host.calls.push(`restore ${spec.name}`)
      known(id).state = state === 'off' ? 'off' : 'on'
    },
    async deleteSnapshot(snapshotId) {
      if (host.snapshots.delete(snapshotId)) host.calls.push('delete snapshot')
    },
    createVolume: async ({ id, sizeGiB }) => {
      host.volumes.set(id, Math.max(sizeGiB, host.volumes.get(id) ?? 0))
    },
    deleteVolume: async (id) => {
      for (const { spec } of host.machines.values())
        if (spec.volumes?.some((volume) => volume.id === id)) throw new Error(`Machine ${spec.name} has volume ${id}.`)
      host.volumes.delete(id)
    },
    async attachVolume(serverId, volume) {
      const { spec } = known(serverId)
      if (host.volumes.get(volume.id) !== volume.sizeGiB) throw new Error(`There is no volume ${volume.id} of this size.`)
      const others = (spec.volumes ?? []).filter(({ id }) => id !== volume.id)
      if (others.length === spec.volumes?.length || spec.volumes === undefined) host.calls.push(`attach ${volume.device} to ${spec.name}`)
      spec.volumes = [...others, volume]
    },
    async detachVolume(serverId, volumeId) {
      const { spec } = known(serverId)
      const volume = spec.volumes?.find(({ id }) => id === volumeId)
      if (volume) host.calls.push(`detach ${volume.device} from ${spec.name}`)
      spec.volumes = (spec.volumes ?? []).filter(({ id }) => id !== volumeId)
    },
    async dial(id, port) {
      if (known(id).state !== 'on') throw new Error('Nobody answers.')
      const stream = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() })
      stream.push(`${known(id).spec.name}:${port}\n`)
      return stream
    },
    inspect: async () =>
      [...host.machines.values()].map(({ spec, state }) => ({
        id: spec.id,
        spaceId: spec.spaceId,
        state,
        disk: null,
        cgroup: null,
        pid: null,
      })),
    consoleLog: async (id) => `${known(id).spec.name} login: \n`,
    async close(machines) {
      for (const timer of timers) clearTimeout(timer)
      timers.clear()
      if (machines === 'stop') {
        for (const machine of host.machines.values()) machine.state = 'off'
        for (const space of host.spaces.keys()) host.spaces.delete(space)
      }
    },
  }
}
