import type { Power } from './power.ts'

/** What an environment's row says that matters to its terminals. `warned`: its owner is being told that it is about to sleep. */
export type Standing = { power: Power; warned: boolean }

export type Standings = {
  /** As it was read last; awake where nothing was. */
  of(environmentId: string): Standing
  /** Reads, and tells what was read unless something newer has been meanwhile. @throws what `read` throws */
  read(of: { environmentId: string }, read: () => Promise<Standing>): Promise<void>
  /** Forgets all others. */
  keepOnly(environmentIds: ReadonlySet<string>): void
}

const unknown: Standing = { power: 'awake', warned: false }

/**
 * How the environments are that terminals belong to. Many read the same row at once, and answers overtake each other: of two reads the
 * one that began later is the truth.
 */
export function createStandings(onRead: (environmentId: string, standing: Standing) => void): Standings {
  const known = new Map<string, { turn: number; standing: Standing }>()
  let turns = 0
  return {
    of: (environmentId) => known.get(environmentId)?.standing ?? unknown,
    async read({ environmentId }, read) {
      const turn = ++turns
      const standing = await read()
      if ((known.get(environmentId)?.turn ?? 0) > turn) return
      known.set(environmentId, { turn, standing })
      onRead(environmentId, standing)
    },
    keepOnly(environmentIds) {
      for (const id of known.keys()) if (!environmentIds.has(id)) known.delete(id)
    },
  }
}
