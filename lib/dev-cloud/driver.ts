import type { Duplex, Readable } from 'node:stream'

/**
 * What realises servers. The cloud's APIs (Keystone, Heat, ...) know only this; `ns` makes Linux sandboxes,
 * `none` refuses with a reason where the machine cannot carry them.
 *
 * A *space* is the private internet of one stack: its networks, their gateway, the metadata address. Addresses may
 * repeat between spaces. Everything is idempotent by id, so that a step cut short can simply be done again.
 */
export type Driver = {
  readonly name: string
  /**
   * Finds the machines that an earlier process left running and takes them over again. `before`: what the cloud's records say of
   * them, for a driver that keeps none of its own. `spaces`: those that they know; others go with all that is in them. Absent: all stay.
   */
  start(before: KnownMachine[], spaces?: string[]): Promise<void>
  createSpace(spaceId: string): Promise<void>
  /** Adds a network (a bridge with the gateway's address) to a space. */
  createNetwork(spaceId: string, network: SpaceNetwork): Promise<void>
  deleteNetwork(spaceId: string, networkId: string): Promise<void>
  /**
   * Which networks of the space have a way to each other: those that stand in one list together, as on one router. Others have none.
   * Says all of it each time.
   */
  connectNetworks(spaceId: string, routers: string[][]): Promise<void>
  /**
   * What may come in to which addresses of the space; others are open, and so are all where packets cannot be filtered. What machines have
   * begun themselves is answered. Says all of it each time; nothing where the space is not there (yet).
   */
  filterSpace(spaceId: string, filters: PortFilter[]): Promise<void>
  /** Removes the space and all that is in it. */
  deleteSpace(spaceId: string): Promise<void>
  /** Resolves once the machine's init runs (Nova would say ACTIVE). Its disk survives until `deleteServer`. */
  createServer(server: ServerSpec): Promise<void>
  deleteServer(serverId: string): Promise<void>
  /** Power off and on: memory goes, the disk stays. */
  stopServer(serverId: string): Promise<void>
  /** `changed`: with other network cards or another size than before; the disk stays as it is. */
  startServer(serverId: string, changed?: ServerSpec): Promise<void>
  /** Suspend and resume: processes stand still and go on where they were. */
  freezeServer(serverId: string): Promise<void>
  thawServer(serverId: string): Promise<void>
  /** From now on the machine resolves these names, and no longer those that it was told before and that are not among them. */
  tellHosts(serverId: string, hosts: ServerSpec['hosts']): Promise<void>
  /**
   * Keeps a copy of the machine's disk under that name, over an earlier one of the same machine. Many machines can share a
   * name. It stands still meanwhile, if it runs; its memory is not kept.
   */
  snapshotServer(serverId: string, snapshotId: string): Promise<void>
  /** Its disk is as it was then. What ran is gone: it boots if it was on, and stays off if it was off. Rejects with `snapshot.missing`. */
  restoreServer(serverId: string, snapshotId: string): Promise<void>
  /** Removes all copies of that name; those of machines that are gone as well. */
  deleteSnapshot(snapshotId: string): Promise<void>
  /** Makes a volume, empty, or makes it as large as this: what is in it stays. A larger one is left alone. Nothing may hold it meanwhile. */
  createVolume(volume: VolumeSpec): Promise<void>
  /** What was in it is gone. No machine may have it. */
  deleteVolume(volumeId: string): Promise<void>
  /** From now on the machine has the volume, whether it runs or not, and in each of its lives. The same device again: it has it already. */
  attachVolume(serverId: string, volume: AttachedVolume): Promise<void>
  /** What the machine has written is there for the next one. */
  detachVolume(serverId: string, volumeId: string): Promise<void>
  /** A connection to `port` of the machine, made from inside its own network. Rejects when nobody answers. */
  dial(serverId: string, port: number): Promise<Duplex>
  /** All machines as they really are, whatever the cloud's records say. */
  inspect(): Promise<MachineState[]>
  /** What the machine printed since it was created, newest last; at most `bytes` from the end. */
  consoleLog(serverId: string, bytes: number): Promise<string>
  /** `stop`: every machine is powered off and every mount, namespace and cgroup is gone; disks stay. `keep`: they run on. */
  close(machines: 'stop' | 'keep'): Promise<void>
}

export type KnownMachine = { spec: ServerSpec; state: 'on' | 'off' | 'frozen' }

export type MachineState = {
  id: string
  spaceId: string
  /** `making`: it has not booted yet. */
  state: 'making' | 'on' | 'off' | 'frozen'
  /** The folder on this computer with every file that the machine has written, laid out as its root; null: it has none, or it is not plugged in. */
  disk: string | null
  /** The folder of its control group; null: it has none, or is off. */
  cgroup: string | null
  /** Its init, as this computer sees it. `/proc/<pid>/root` is its whole root. */
  pid: number | null
}

/** Everything that is `open`, and nothing else, may come in to an address. */
export type PortFilter = { address: string; open: OpenWay[] }
/**
 * `protocol` by Neutron's name or IANA's number, null: any; from port `first` to `last` (of ICMP: type and code), null: any; `from` an
 * address or prefix, null: anywhere.
 */
export type OpenWay = { protocol: string | null; first: number | null; last: number | null; from: string | null }

export type SpaceNetwork = { id: string; cidr: string; gateway: string }

export type VolumeSpec = { id: string; sizeGiB: number }
/** `device`: its name below /dev, such as `vdb`. */
export type AttachedVolume = VolumeSpec & { device: string }

export type ServerSpec = {
  id: string
  spaceId: string
  /** The host name inside. */
  name: string
  image: string
  flavor: { vcpus: number; ramMiB: number; diskGiB: number }
  nics: { networkId: string; address: string; prefixLength: number; gateway: string | null; mac: string }[]
  /** Names that every machine of the stack can resolve, from the first moment; more may be told later. */
  hosts: { address: string; names: string[] }[]
  /** OpenSSH public keys for the image's default user (`debian`). */
  publicKeys: string[]
  /** The account that the image is expected to have beside its own. */
  user?: string
  userData: string
  metadata: Record<string, string>
  /** Those that it has. */
  volumes?: AttachedVolume[]
}

/** What the driver tells and asks the cloud. */
export type DriverEvents = {
  /**
   * A machine ended by itself (its init died): Nova would say SHUTOFF. Told during `start` of one that did so while nobody looked, but not
   * of those that this computer took along with everything else.
   */
  onServerExit(serverId: string): void
  /** A request from inside a space to http://169.254.169.254: the metadata service and signals, and nothing else. */
  onMetadataRequest(spaceId: string, request: MetadataRequest): Promise<MetadataResponse>
}

export type MetadataRequest = { method: string; path: string; headers: Record<string, string>; body: string; remoteAddress: string }
/** `stream`: in the place of `body`, and to be read or destroyed by whoever is given it. */
export type MetadataResponse = { status: number; headers: Record<string, string>; body: string; stream?: Readable }

/** What a driver is given: the folder is its own (disks, records), the image folder holds `<image name>/rootfs`. */
export type DriverOptions = {
  folder: string
  imageFolder: string
  /** What a new machine's /etc/apt/sources.list says; absent: as in its image, whose mirrors it does not reach. */
  packageSources?: string | undefined
  log: (line: string) => void
  events: DriverEvents
  now: () => Date
}

/**
 * - `machines.unavailable`: this computer cannot carry machines; the sentence says why and how to mend it
 * - `image.missing`: no such image in the image folder
 * - `space.missing`, `network.missing`, `machine.missing`, `snapshot.missing`, `volume.missing`: unknown id
 * - `volume.busy`: a program of a machine that had it still holds it open
 * - `machine.off`: it does not run
 * - `machine.refused`: it runs, but nobody answers at that port
 * - `machine.failed`: a step of making or stopping it failed; the cause has what was printed
 * - `input.invalid`: a name, address or id that no sandbox may carry
 */
export type DriverFailureCode =
  | 'machines.unavailable'
  | 'image.missing'
  | 'space.missing'
  | 'network.missing'
  | 'machine.missing'
  | 'snapshot.missing'
  | 'volume.missing'
  | 'volume.busy'
  | 'machine.off'
  | 'machine.refused'
  | 'machine.failed'
  | 'input.invalid'

/** What every method of a driver rejects with. Recognise it by `code`. */
export class DriverFailure extends Error {
  readonly code: DriverFailureCode

  constructor(code: DriverFailureCode, sentence: string, options?: { cause?: unknown }) {
    super(sentence, options)
    this.name = 'DriverFailure'
    this.code = code
  }
}
