import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { type Driver, DriverFailure, type DriverOptions, type MachineState, type ServerSpec } from '../driver.ts'
import { resolveImage } from './base-image.ts'
import { checkNetwork, checkServer } from './check.ts'
import { makeDisk } from './disk.ts'
import { bootMachine, haltMachine, machineFolder, readEnd, removeDisk, sweepDisks } from './machine.ts'
import { isAlive, type ProcessMark } from './process.ts'
import { checkId, type MachineRecord, type SpaceRecord } from './record.ts'
import { addNetwork, adoptSpace, type Ground, leaveSpace, openSpace, removeNetwork, type Space, shutSpace, sweepSpace } from './space.ts'
import { createStartUps, type StartUps } from './start-ups.ts'
import { createTurns } from './turns.ts'

/** How long a machine may take to power off before it is killed when everything ends. */
const CLOSE_PATIENCE_MS = 1_000
/** Only machines of an earlier process are watched so; our own children tell us. */
const WATCH_MS = 250

/** All spaces and machines of one folder, and what is done with them, one thing at a time for each. */
export class NsCloud {
  readonly #ground: Ground
  readonly #options: DriverOptions
  readonly #spaces = new Map<string, Space>()
  readonly #spaceRecords = new Map<string, SpaceRecord>()
  readonly #machines = new Map<string, MachineRecord>()
  readonly #turns = createTurns()
  readonly #withSystemd = new Set<string>()
  readonly #background = new Set<Promise<unknown>>()
  readonly #startUps: StartUps
  #watch: NodeJS.Timeout | null = null
  #closing = false

  constructor(ground: Ground, options: DriverOptions) {
    this.#ground = ground
    this.#options = options
    this.#startUps = createStartUps(ground)
  }

  async start(): Promise<void> {
    const { records } = this.#ground
    for (const record of records.spaces()) {
      const space = adoptSpace(this.#ground, record)
      this.#spaceRecords.set(record.id, record)
      if (space !== null) this.#spaces.set(record.id, space)
      else await sweepSpace(this.#ground, record)
    }
    for (const record of records.machines()) await this.#takeOver(record)
    const spaces = [...this.#spaces].map(([id, { keeper }]) => ({ id, process: keeper }))
    await this.#ground.hold.sweep({ machines: [...this.#running()], spaces })
    this.#aside(sweepDisks(this.#ground)())
  }

  /** A machine has signalled: it has started up. */
  heard(spaceId: string, address: string): void {
    this.#startUps.heard(`${spaceId} ${address}`)
  }

  async createSpace(id: string): Promise<void> {
    checkId(id)
    await this.#turns(`space ${id}`, async () => {
      if (!this.#spaceRecords.has(id)) this.#rememberSpace({ id, networks: [], keeper: null, netNamespace: null })
      await this.#openSpace(id)
    })
  }

  async createNetwork(spaceId: string, network: Parameters<Driver['createNetwork']>[1]): Promise<void> {
    checkNetwork(network)
    await this.#turns(`space ${spaceId}`, async () => {
      const space = await this.#openSpace(spaceId)
      await addNetwork(this.#ground, space, { id: network.id, cidr: network.cidr, gateway: network.gateway })
      this.#spaceRecords.set(spaceId, space.record)
    })
  }

  async deleteNetwork(spaceId: string, networkId: string): Promise<void> {
    await this.#turns(`space ${spaceId}`, async () => {
      const space = this.#spaces.get(spaceId)
      const record = this.#spaceRecords.get(spaceId)
      if (record === undefined) return
      if (space !== undefined) await removeNetwork(this.#ground, space, networkId)
      this.#rememberSpace(space?.record ?? { ...record, networks: record.networks.filter((network) => network.id !== networkId) })
    })
  }

  async deleteSpace(id: string): Promise<void> {
    if (!this.#spaceRecords.has(id)) return
    await Promise.all(
      [...this.#machines.values()].filter((machine) => machine.spaceId === id).map((machine) => this.deleteServer(machine.id)),
    )
    await this.#turns(`space ${id}`, async () => {
      const space = this.#spaces.get(id)
      if (space !== undefined) await shutSpace(this.#ground, space)
      this.#spaces.delete(id)
      this.#spaceRecords.delete(id)
      this.#ground.records.dropSpace(id)
    })
  }

  async createServer(spec: ServerSpec): Promise<void> {
    checkServer(spec)
    await this.#turns(`machine ${spec.id}`, async () => {
      const known = this.#machines.get(spec.id)
      if (known?.state === 'on') return
      if (known?.state === 'off') return this.#boot(known)
      const image = await resolveImage(this.#ground.imageFolder, spec.image)
      const record: MachineRecord = { id: spec.id, spaceId: spec.spaceId, image, state: 'making', process: null, spec }
      try {
        this.#remember(record)
        await makeDisk(machineFolder(this.#ground, spec.id), spec)
        await this.#boot(record)
      } catch (error) {
        await this.#forget(record)
        throw error
      }
    })
  }

  async deleteServer(id: string): Promise<void> {
    await this.#turns(`machine ${id}`, async () => {
      const record = this.#machines.get(id)
      if (record === undefined) return
      await haltMachine(this.#ground, record, 0)
      await this.#forget(record)
    })
  }

  async stopServer(id: string, patienceMs: number): Promise<void> {
    await this.#turns(`machine ${id}`, async () => {
      const record = this.#known(id)
      if (record.state !== 'on') return
      await haltMachine(this.#ground, record, patienceMs)
      this.#remember({ ...record, state: 'off', process: null })
    })
  }

  async startServer(id: string, changed?: ServerSpec): Promise<void> {
    await this.#turns(`machine ${id}`, async () => {
      const record = this.#known(id)
      if (record.state !== 'on') await this.#boot(changed ? { ...record, spec: changed } : record)
    })
  }

  async freezeServer(id: string, frozen: boolean): Promise<void> {
    await this.#turns(`machine ${id}`, async () => {
      await this.#ground.hold.freeze(this.#live(id), frozen).catch((cause: unknown) => {
        throw new DriverFailure('machine.failed', frozen ? 'The machine could not be suspended.' : 'The machine could not be resumed.', {
          cause,
        })
      })
    })
  }

  async dial(id: string, port: number): Promise<Duplex> {
    const record = this.#live(id)
    if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new DriverFailure('input.invalid', 'This is not a port.')
    const space = this.#spaces.get(record.spaceId)
    const address = record.spec.nics[0]?.address
    if (space === undefined || address === undefined) throw new DriverFailure('machine.refused', 'The machine has no network.')
    // The kernel would take the connection in the name of processes that stand still.
    if (this.#ground.hold.isFrozen(record)) throw new DriverFailure('machine.refused', 'The machine is suspended.')
    return space.portal.connect(address, port)
  }

  inspect(): MachineState[] {
    return [...this.#machines.values()].map((record) => {
      const running = record.state === 'on' && isAlive(record.process)
      const state = record.state === 'on' && !running ? 'off' : record.state
      return {
        id: record.id,
        spaceId: record.spaceId,
        state: running && this.#ground.hold.isFrozen(record) ? 'frozen' : state,
        disk: join(machineFolder(this.#ground, record.id), 'upper'),
        cgroup: running ? this.#ground.hold.folder(record.id) : null,
        pid: running ? (record.process?.pid ?? null) : null,
      }
    })
  }

  async consoleLog(id: string, bytes: number): Promise<string> {
    this.#known(id)
    return readEnd(join(machineFolder(this.#ground, id), 'console.log'), bytes)
  }

  async close(machines: 'stop' | 'keep'): Promise<void> {
    this.#closing = true
    this.#startUps.close()
    if (this.#watch !== null) clearInterval(this.#watch)
    if (machines === 'stop') {
      await Promise.all([...this.#running()].map((record) => this.stopServer(record.id, CLOSE_PATIENCE_MS)))
      await Promise.all([...this.#spaces].map(([id, space]) => this.#turns(`space ${id}`, () => this.#shut(id, space))))
      await this.#ground.hold.remove()
    } else {
      await Promise.all([...this.#spaces.values()].map((space) => leaveSpace(space)))
    }
    await Promise.allSettled(this.#background)
  }

  async #shut(id: string, space: Space): Promise<void> {
    await shutSpace(this.#ground, space)
    this.#spaces.delete(id)
    this.#rememberSpace({ ...space.record, keeper: null, netNamespace: null })
  }

  async #openSpace(id: string): Promise<Space> {
    const live = this.#spaces.get(id)
    if (live !== undefined && isAlive(live.keeper)) return live
    const record = this.#spaceRecords.get(id)
    if (record === undefined) throw new DriverFailure('space.missing', 'The network space of this stack does not exist.')
    if (live !== undefined) await shutSpace(this.#ground, live)
    const space = await this.#startUps.space(() => openSpace(this.#ground, record))
    this.#spaces.set(id, space)
    this.#spaceRecords.set(id, space.record)
    return space
  }

  async #boot(record: MachineRecord): Promise<void> {
    const space = await this.#turns(`space ${record.spaceId}`, () => this.#openSpace(record.spaceId))
    for (const nic of record.spec.nics) {
      if (!space.record.networks.some((network) => network.id === nic.networkId))
        throw new DriverFailure('network.missing', 'A network of this machine does not exist.')
    }
    const place = `${record.spaceId} ${record.spec.nics[0]?.address}`
    const init = this.#withSystemd.size < this.#ground.standing.mostSystemd ? 'systemd' : 'plain'
    if (init === 'systemd') this.#withSystemd.add(record.id)
    const { process, waiter } = await this.#startUps
      .machine(place, () => bootMachine(this.#ground, space, record, init))
      .catch((error: unknown) => {
        this.#withSystemd.delete(record.id)
        throw error
      })
    this.#remember({ ...record, state: 'on', process, init })
    waiter.once('exit', (_code, signal) => this.#aside(this.#ended(record.id, process, signal)))
    if (waiter.exitCode !== null || waiter.signalCode !== null) this.#aside(this.#ended(record.id, process, waiter.signalCode))
  }

  /** Its init is gone. A reboot from inside ends it with SIGHUP (reboot(2), pid namespaces): a real cloud starts it again. */
  #ended(id: string, process: ProcessMark, signal: string | null): Promise<void> {
    return this.#turns(`machine ${id}`, async () => {
      const record = this.#machines.get(id)
      if (
        record === undefined ||
        record.state !== 'on' ||
        record.process?.pid !== process.pid ||
        record.process.started !== process.started
      )
        return
      // Whoever closes with `stop` has halted it already, and with `keep` it is no longer ours.
      if (this.#closing) return
      await haltMachine(this.#ground, record, 0)
      this.#remember({ ...record, state: 'off', process: null })
      if (signal === 'SIGHUP') {
        try {
          return await this.#boot({ ...record, state: 'off', process: null })
        } catch (error) {
          this.#options.log(
            `dev cloud: machine ${id} did not come back from its reboot: ${error instanceof Error ? error.message : String(error)}`,
          )
        }
      }
      this.#options.events.onServerExit(id)
    })
  }

  async #takeOver(record: MachineRecord): Promise<void> {
    this.#machines.set(record.id, record)
    if (record.state === 'making') {
      await haltMachine(this.#ground, record, 0)
      return this.#forget(record)
    }
    if (record.state === 'off') return
    if (isAlive(record.process) && this.#spaces.has(record.spaceId)) {
      if (record.init !== 'plain') this.#withSystemd.add(record.id)
      this.#watch ??= setInterval(() => this.#look(), WATCH_MS).unref()
      return
    }
    await haltMachine(this.#ground, record, 0)
    this.#remember({ ...record, state: 'off', process: null })
    this.#options.events.onServerExit(record.id)
  }

  #look(): void {
    for (const record of this.#running()) {
      if (record.process !== null && !isAlive(record.process)) this.#aside(this.#ended(record.id, record.process, null))
    }
  }

  *#running(): Iterable<MachineRecord> {
    for (const record of this.#machines.values()) if (record.state === 'on') yield record
  }

  #remember(record: MachineRecord): void {
    if (record.state === 'off') this.#withSystemd.delete(record.id)
    this.#machines.set(record.id, record)
    this.#ground.records.keepMachine(record)
  }

  #rememberSpace(record: SpaceRecord): void {
    this.#spaceRecords.set(record.id, record)
    this.#ground.records.keepSpace(record)
  }

  async #forget(record: MachineRecord): Promise<void> {
    const remove = await removeDisk(this.#ground, record.id)
    this.#machines.delete(record.id)
    this.#withSystemd.delete(record.id)
    this.#ground.records.dropMachine(record.id)
    this.#aside(remove())
  }

  #known(id: string): MachineRecord {
    const record = this.#machines.get(id)
    if (record === undefined) throw new DriverFailure('machine.missing', 'This machine does not exist.')
    return record
  }

  #live(id: string): MachineRecord {
    const record = this.#known(id)
    if (record.state !== 'on' || !isAlive(record.process)) throw new DriverFailure('machine.off', 'This machine is off.')
    return record
  }

  #aside(work: Promise<unknown>): void {
    const settled = work.catch((error: unknown) => {
      this.#options.log(`dev cloud: ${error instanceof Error ? error.message : String(error)}`)
    })
    this.#background.add(settled)
    void settled.finally(() => this.#background.delete(settled))
  }
}
