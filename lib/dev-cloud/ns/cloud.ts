import type { Duplex } from 'node:stream'
import { passing } from '../crash-points.ts'
import { DriverFailure, type DriverOptions, type MachineState, type ServerSpec } from '../driver.ts'
import { watchAdopted } from './adopted.ts'
import { type Background, createBackground } from './background.ts'
import { resolveImage } from './base-image.ts'
import { checkServer } from './check.ts'
import { makeDisk, plugDisk } from './disk.ts'
import { consoleOf, consoleSize, hasSpoken, keepConsole, stateOf } from './look.ts'
import { bootMachine, capMachine, haltMachine, removeDisk, sweepDisks } from './machine.ts'
import { createNames, type Names } from './names.ts'
import { isAlive, type ProcessMark } from './process.ts'
import { checkId, type MachineRecord } from './record.ts'
import { dropSnapshot, keepDisk, type Placed, putBackDisk, sweepSnapshots } from './snapshots.ts'
import type { Ground, Space } from './space.ts'
import { Spaces } from './spaces.ts'
import { createStartUps, type StartUps } from './start-ups.ts'
import { createTurns } from './turns.ts'
import { type Machines, plugVolumes, unplugVolumes, Volumes } from './volumes.ts'
import { watchDisks } from './watch-disks.ts'

/** How long a machine may take to power off before it is killed when everything ends. */
const CLOSE_PATIENCE_MS = 1_000

/** All spaces and machines of one folder, and what is done with them, one thing at a time for each. */
export class NsCloud {
  readonly #ground: Ground
  readonly #options: DriverOptions
  readonly spaces: Spaces
  readonly volumes: Volumes
  readonly names: Names
  readonly #machines = new Map<string, MachineRecord>()
  readonly #turns = createTurns()
  readonly #withSystemd = new Set<string>()
  readonly #background: Background
  readonly #startUps: StartUps
  readonly #adopted = watchAdopted((id, process) => this.#background.add(this.#ended(id, process, null)))
  #disks: ReturnType<typeof watchDisks> | null = null
  #closing = false

  constructor(ground: Ground, options: DriverOptions) {
    this.#ground = ground
    this.#options = options
    this.#background = createBackground(options.log)
    this.#startUps = createStartUps(ground)
    this.spaces = new Spaces(ground, this.#turns, this.#startUps)
    const machines: Machines = {
      known: (id) => this.#known(id),
      find: (id) => this.#machines.get(id),
      remember: (record) => this.#remember(record),
      space: ({ spaceId }) => this.spaces.find(spaceId),
      background: this.#background,
    }
    this.volumes = new Volumes(ground, this.#turns, machines)
    this.names = createNames(ground, this.#turns, machines)
  }

  /** @param known the spaces that are to stay; all if absent */
  async start(known?: string[]): Promise<void> {
    await this.spaces.takeOver()
    for (const record of this.#ground.records.machines()) await this.#takeOver(record)
    if (known !== undefined) for (const id of this.spaces.ids()) if (!known.includes(id)) await this.deleteSpace(id)
    const spaces = this.spaces.live().map(({ record, keeper }) => ({ id: record.id, process: keeper }))
    await this.#ground.hold.sweep({ machines: [...this.#running()], spaces })
    this.#background.add(Promise.all([sweepDisks(this.#ground)(), sweepSnapshots(this.#ground), this.volumes.sweep()]))
    this.#disks = watchDisks(this.#ground, { machines: () => this.#watched(), over: (id) => this.#powerOff(id) })
  }

  /** A machine has signalled: it has started up. */
  heard(spaceId: string, address: string): void {
    this.#startUps.heard(`${spaceId} ${address}`)
  }

  /** Removes a space with its machines. */
  async deleteSpace(id: string): Promise<void> {
    if (!this.spaces.isKnown(id)) return
    const inside = [...this.#machines.values()].filter((machine) => machine.spaceId === id)
    await Promise.all(inside.map((machine) => this.deleteServer(machine.id)))
    await this.spaces.remove(id)
  }

  async createServer(spec: ServerSpec): Promise<void> {
    checkServer(spec)
    await this.#turns(`machine ${spec.id}`, async () => {
      const known = this.#machines.get(spec.id)
      if (known?.state === 'on') return
      if (known?.state === 'off') return this.#boot(known)
      const image = await resolveImage(this.#ground.imageFolder, spec.image)
      const disk = this.#ground.means.diskImages ? { disk: 'image' as const } : {}
      const record: MachineRecord = { id: spec.id, spaceId: spec.spaceId, image, state: 'making', process: null, spec, ...disk }
      try {
        await passing('machine is written down', () => this.#remember(record))
        await this.#boot(record, makeDisk)
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
      await passing('machine is ended', () => haltMachine(this.#ground, record, 0))
      await unplugVolumes(this.#ground, this.spaces.find(record.spaceId), record)
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
      const hostsWritten = record.hostsWritten ?? record.spec.hosts
      if (record.state !== 'on') await this.#boot(changed ? { ...record, spec: changed, hostsWritten } : record)
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

  async snapshotServer(id: string, name: string): Promise<void> {
    checkId(name)
    await this.#turns(`machine ${id}`, () => keepDisk(this.#ground, this.#placed(this.#known(id), name)))
  }

  async restoreServer(id: string, name: string): Promise<void> {
    checkId(name)
    await this.#turns(`machine ${id}`, async () => {
      const record = this.#known(id)
      // Its file of names is of then.
      const off: MachineRecord = { ...record, state: 'off', process: null, hostsWritten: record.hostsWritten ?? record.spec.hosts }
      await putBackDisk(this.#ground, this.#placed(record, name), async () => {
        await haltMachine(this.#ground, record, 0)
        this.#remember(off)
      })
      if (record.state === 'on') await this.#boot(off)
    })
  }

  async deleteSnapshot(name: string): Promise<void> {
    await dropSnapshot(this.#ground, checkId(name))
  }

  #placed(record: MachineRecord, name: string): Placed {
    return { record, space: this.spaces.find(record.spaceId), name }
  }

  async dial(id: string, port: number): Promise<Duplex> {
    const record = this.#live(id)
    if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new DriverFailure('input.invalid', 'This is not a port.')
    const space = this.spaces.find(record.spaceId)
    const address = record.spec.nics[0]?.address
    if (space === undefined || address === undefined) throw new DriverFailure('machine.refused', 'The machine has no network.')
    // The kernel would take the connection in the name of processes that stand still.
    if (this.#ground.hold.isFrozen(record)) throw new DriverFailure('machine.refused', 'The machine is suspended.')
    return space.portal.connect(address, port)
  }

  inspect(): MachineState[] {
    return [...this.#machines.values()].map((record) => stateOf(this.#ground, this.spaces.find(record.spaceId), record))
  }

  async consoleLog(id: string, bytes: number): Promise<string> {
    const record = this.#known(id)
    return consoleOf(this.#ground, { record, space: this.spaces.find(record.spaceId), bytes })
  }

  async close(machines: 'stop' | 'keep'): Promise<void> {
    this.#closing = true
    this.#startUps.close()
    this.#adopted.close()
    await this.#disks?.close()
    if (machines === 'stop') {
      await Promise.all([...this.#running()].map((record) => this.stopServer(record.id, CLOSE_PATIENCE_MS)))
      await this.spaces.shutAll((space) => this.#keepConsoles(space))
      await this.#ground.hold.remove()
    } else {
      await this.spaces.leaveAll()
    }
    await this.#background.settled()
  }

  async #boot(record: MachineRecord, prepare = plugDisk): Promise<void> {
    const space = await this.spaces.open(record.spaceId)
    for (const nic of record.spec.nics) {
      if (!space.record.networks.some((network) => network.id === nic.networkId))
        throw new DriverFailure('network.missing', 'A network of this machine does not exist.')
    }
    const place = `${record.spaceId} ${record.spec.nics[0]?.address}`
    const init = this.#withSystemd.size < this.#ground.standing.mostSystemd ? 'systemd' : 'plain'
    if (init === 'systemd') this.#withSystemd.add(record.id)
    let since = 0
    const boot = async () => {
      await prepare(this.#ground, space, record)
      await plugVolumes(this.#ground, space, record)
      since = await consoleSize(this.#ground, space, record)
      return passing('machine is booted', () => bootMachine(this.#ground, space, record, init))
    }
    const { process, waiter } = await this.#startUps
      .machine(place, boot, () => capMachine(this.#ground, record))
      .catch((error: unknown) => {
        this.#withSystemd.delete(record.id)
        throw error
      })
    const isOver = () => this.#closing
    this.#background.add(hasSpoken(this.#ground, { record, space, since, isOver }).then((has) => has && this.#startUps.heard(place)))
    await passing('machine is on', () => this.#remember({ ...record, state: 'on', process, init }))
    if (record.hostsWritten !== undefined) this.#background.add(this.names.catchUp(record.id))
    waiter.once('exit', (_code, signal) => this.#background.add(this.#ended(record.id, process, signal)))
    if (waiter.exitCode !== null || waiter.signalCode !== null) this.#background.add(this.#ended(record.id, process, waiter.signalCode))
  }

  /** Its init is gone. A reboot from inside ends it with SIGHUP (reboot(2), pid namespaces): a real cloud starts it again. */
  #ended(id: string, process: ProcessMark, signal: string | null): Promise<void> {
    return this.#turns(`machine ${id}`, async () => {
      const record = this.#machines.get(id)
      if (record?.state !== 'on' || record.process?.pid !== process.pid || record.process.started !== process.started) return
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
    if (isAlive(record.process) && this.spaces.find(record.spaceId) !== undefined) {
      if (record.init !== 'plain') this.#withSystemd.add(record.id)
      capMachine(this.#ground, record)
      this.#adopted.add(record.id, record.process)
      return
    }
    await haltMachine(this.#ground, record, 0)
    this.#remember({ ...record, state: 'off', process: null })
    // Where the space has gone too it was the end of everything: whoever asks for it again has it booted.
    if (this.spaces.find(record.spaceId) !== undefined) this.#options.events.onServerExit(record.id)
  }

  #watched(): { record: MachineRecord; space: Space }[] {
    return [...this.#running()].flatMap((record) => {
      const space = this.spaces.find(record.spaceId)
      return space === undefined ? [] : [{ record, space }]
    })
  }

  async #keepConsoles(space: Space): Promise<void> {
    for (const record of this.#machines.values()) if (record.spaceId === space.record.id) await keepConsole(this.#ground, space, record)
  }

  /** As if its cable had been pulled. */
  async #powerOff(id: string): Promise<void> {
    await this.stopServer(id, 0)
    this.#options.events.onServerExit(id)
  }

  *#running(): Iterable<MachineRecord> {
    for (const record of this.#machines.values()) if (record.state === 'on') yield record
  }

  #remember(record: MachineRecord): void {
    if (record.state === 'off') this.#withSystemd.delete(record.id)
    this.#machines.set(record.id, record)
    this.#ground.records.keepMachine(record)
  }

  async #forget(record: MachineRecord): Promise<void> {
    const remove = await passing('disk is set aside', () => removeDisk(this.#ground, record.id))
    this.#machines.delete(record.id)
    this.#withSystemd.delete(record.id)
    await passing('machine is forgotten', () => this.#ground.records.dropMachine(record.id))
    this.#background.add(passing('disk is removed', remove))
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
}
