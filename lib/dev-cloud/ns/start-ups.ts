import { availableParallelism } from 'node:os'
import { DriverFailure } from '../driver.ts'
import { mayStandBack, standBack } from './command.ts'
import { createRush } from './rush.ts'
import type { Ground, Space } from './space.ts'

/** A machine that does not say when it has started up is taken to have done so after this. */
const STARTED_MS = 1_000
/** A crowd does not come all at once: a rush is over when nobody has waited for so long. */
const CALM_MS = 2_000

/** Spaces and machines start in turns, and while anybody waits for theirs, all of this cloud stands back behind the rest of the computer. */
export type StartUps = {
  /** Opens a space when it is its turn. */
  space(open: () => Promise<Space>): Promise<Space>
  /** Boots a machine when it is its turn. @param place where it will be heard from @param started told once, when it has started up */
  machine<T>(place: string, boot: () => Promise<T>, started: () => void): Promise<T>
  /** Something was heard from there: it has started up. */
  heard(place: string): void
  /** Whoever still waits for a turn does not begin any more. */
  close(): void
}

export function createStartUps({ hold, standing }: Pick<Ground, 'hold' | 'standing'>): StartUps {
  // Asking would already be going.
  const mayReturn = standing.root === 'computer' && mayStandBack()
  const hurry = (isOn: boolean) => {
    hold.weigh(isOn)
    if (mayReturn) standBack(isOn)
  }
  let calm: NodeJS.Timeout | undefined
  const rush = createRush({ spaces: 1, machines: 2 * availableParallelism() }, (isOn) => {
    clearTimeout(calm)
    if (isOn) hurry(true)
    else calm = setTimeout(() => hurry(false), CALM_MS).unref()
  })
  const starting = new Map<string, () => void>()
  let closed = false
  const inTurn = async <T>(line: () => Promise<() => void>, work: () => Promise<T>, over: (done: T, leave: () => void) => void) => {
    const leave = await line()
    try {
      if (closed) throw new DriverFailure('machine.failed', 'The cloud is being switched off.')
      const done = await work()
      over(done, leave)
      return done
    } catch (error) {
      leave()
      throw error
    }
  }
  return {
    // The process that opens sockets in it is still being started when it can be used.
    space: (open) => inTurn(rush.space, open, ({ metadata }, leave) => void metadata.then(leave)),
    machine: (place, boot, started) =>
      inTurn(rush.machine, boot, (_done, leave) => {
        let isOver = false
        const over = () => {
          if (starting.get(place) === over) starting.delete(place)
          leave()
          if (!isOver) started()
          isOver = true
        }
        starting.set(place, over)
        setTimeout(over, STARTED_MS).unref()
      }),
    heard: (place) => starting.get(place)?.(),
    close() {
      closed = true
    },
  }
}
