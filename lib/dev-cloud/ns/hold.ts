import { join } from 'node:path'
import {
  type CgroupTrees,
  capCpus,
  destroyGroup,
  freeze,
  isFrozen,
  type Limits,
  listGroups,
  makeMachineGroup,
  makePlainGroup,
  removeParent,
  weighTogether,
} from './cgroup.ts'
import { holdByProcesses } from './hold-processes.ts'
import type { ProcessMark } from './process.ts'

/** A machine or a space, and the process that it lives and dies with; null: not known, or there is none. */
export type Held = { id: string; process: ProcessMark | null }

/** How machines and spaces are held together, stopped and ended: by control groups where we have some, else by their processes alone. */
export type Hold = {
  /** What `unshare` is told beside the usual. */
  unshare: string[]
  /** Files of control groups that the first process of a machine writes itself into, and one for who waits for it outside, later. */
  machine(id: string, limits: Limits): { join: string[]; waiter: string | null }
  space(id: string): string[]
  /** Suspends or resumes all of a machine; resolves when it is so. */
  freeze(machine: Held, frozen: boolean): Promise<void>
  isFrozen(machine: Held): boolean
  /** From now on it has so many processors at most. Throws where it is gone. */
  capCpus(machineId: string, cpus: number): void
  /** The folder of its control group, or null. */
  folder(machineId: string): string | null
  /** Kills all of it; nothing is left when it resolves. Nothing there is as good as done. */
  endMachine(machine: Held): Promise<void>
  endSpace(space: Held): Promise<void>
  /** Ends what belongs to none of these. */
  sweep(known: { machines: Held[]; spaces: Held[] }): Promise<void>
  /** Removes what holds nothing any more. */
  remove(): Promise<void>
  /** Many machines start at once, or no longer do. */
  weigh(isRush: boolean): void
}

/**
 * @param mark names what is ours on this host: the group above all others, and a mark in the environment of our processes
 * @param machinesFolder has a folder for each machine, out of its reach
 */
export function createHold(trees: CgroupTrees | null, { mark, machinesFolder }: { mark: string; machinesFolder: string }): Hold {
  return trees === null ? holdByProcesses({ mark, machinesFolder }) : holdByGroups(trees, mark)
}

function holdByGroups(trees: CgroupTrees, mark: string): Hold {
  const machineGroup = (id: string) => `${mark}/machine-${id}`
  const spaceGroup = (id: string) => `${mark}/space-${id}`
  return {
    unshare: ['-C'],
    machine: (id, limits) => makeMachineGroup(trees, machineGroup(id), limits),
    space: (id) => makePlainGroup(trees, spaceGroup(id)),
    freeze: ({ id }, frozen) => freeze(trees, machineGroup(id), frozen),
    isFrozen: ({ id }) => isFrozen(trees, machineGroup(id)),
    capCpus: (id, cpus) => capCpus(trees, machineGroup(id), cpus),
    folder: (id) => join(trees.unified, machineGroup(id)),
    endMachine: ({ id }) => destroyGroup(trees, machineGroup(id)),
    endSpace: ({ id }) => destroyGroup(trees, spaceGroup(id)),
    async sweep({ machines, spaces }) {
      const known = new Set([...machines.map(({ id }) => `machine-${id}`), ...spaces.map(({ id }) => `space-${id}`)])
      for (const name of listGroups(trees, mark)) if (!known.has(name)) await destroyGroup(trees, `${mark}/${name}`)
    },
    remove: () => removeParent(trees, mark),
    weigh: (isRush) => weighTogether(trees, mark, isRush),
  }
}
