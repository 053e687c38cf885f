import { passing } from '../crash-points.ts'
import type { AttachedVolume, VolumeSpec } from '../driver.ts'
import type { Background } from './background.ts'
import { checkAttached, checkVolume } from './check.ts'
import { isAlive } from './process.ts'
import { checkId, type MachineRecord } from './record.ts'
import type { Ground, Space } from './space.ts'
import type { Turns } from './turns.ts'
import { makeVolumeFile, plugVolume, removeVolumeFile, sweepVolumes, unplugVolume } from './volume-files.ts'
import { hideVolume, showVolume } from './volume-mounts.ts'

/** What it takes of the cloud's machines. */
export type Machines = {
  /** Throws `machine.missing`. */
  known(id: string): MachineRecord
  find(id: string): MachineRecord | undefined
  remember(record: MachineRecord): void
  space(record: MachineRecord): Space | undefined
  background: Background
}

/** The volumes of one folder, and what is done with them, one thing at a time for each, and for each machine. */
export class Volumes {
  readonly #ground: Ground
  readonly #turns: Turns
  readonly #machines: Machines

  constructor(ground: Ground, turns: Turns, machines: Machines) {
    this.#ground = ground
    this.#turns = turns
    this.#machines = machines
  }

  sweep(): Promise<void> {
    return sweepVolumes(this.#ground)
  }

  async create(volume: VolumeSpec): Promise<void> {
    checkVolume(volume)
    await this.#turns(`volume ${volume.id}`, () => passing('volume is made', () => makeVolumeFile(this.#ground, volume)))
  }

  async remove(id: string): Promise<void> {
    checkId(id)
    await this.#turns(`volume ${id}`, async () => {
      const remove = await passing('volume is set aside', () => removeVolumeFile(this.#ground, id))
      this.#machines.background.add(passing('volume is removed', remove))
    })
  }

  async attach(serverId: string, volume: AttachedVolume): Promise<void> {
    checkAttached(volume)
    await this.#turns(`machine ${serverId}`, async () => {
      const record = this.#machines.known(serverId)
      const space = this.#machines.space(record)
      const { process } = record
      if (record.state === 'on' && isAlive(process) && space !== undefined) {
        await passing('volume is plugged in', () => plugVolume(this.#ground, space, volume))
        const at = { ground: this.#ground, space, pid: process.pid }
        await passing('volume is in the machine', () => showVolume(at, volume.device, volume.id))
      }
      this.#note(record, [...others(record, volume.id), volume])
    })
  }

  async detach(serverId: string, volumeId: string): Promise<void> {
    await this.#turns(`machine ${serverId}`, async () => {
      const record = this.#machines.known(serverId)
      const space = this.#machines.space(record)
      const { process } = record
      const volume = record.spec.volumes?.find(({ id }) => id === volumeId)
      if (volume === undefined) return
      if (space !== undefined) {
        const at = isAlive(process) ? { ground: this.#ground, space, pid: process.pid } : null
        if (at !== null) await passing('volume is out of the machine', () => hideVolume(at, volume.device))
        await passing('volume is taken out', () => unplugVolume(this.#ground, space, volumeId))
      }
      this.#note(record, others(record, volumeId))
    })
  }

  #note(record: MachineRecord, volumes: AttachedVolume[]): void {
    this.#machines.remember({ ...record, spec: { ...record.spec, volumes } })
  }
}

/** Those of a machine that is about to start. */
export async function plugVolumes(ground: Ground, space: Space, { spec }: MachineRecord): Promise<void> {
  for (const volume of spec.volumes ?? []) await plugVolume(ground, space, volume)
}

/** Those of a machine that is gone. */
export async function unplugVolumes(ground: Ground, space: Space | undefined, { spec }: MachineRecord): Promise<void> {
  if (space !== undefined && isAlive(space.keeper)) for (const { id } of spec.volumes ?? []) await unplugVolume(ground, space, id)
}

const others = ({ spec }: MachineRecord, id: string) => (spec.volumes ?? []).filter((volume) => volume.id !== id)
