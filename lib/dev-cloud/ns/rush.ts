/*
 * Many machines that start at once take turns, in the order they came: those of the first are soon whole, instead of all at once late.
 * As long as anybody waits in line there is a rush.
 */

/** Waits for a turn. @returns to be called when it is over; twice is fine */
type Line = () => Promise<() => void>

export type Rush = { space: Line; machine: Line }

/**
 * @param most so many spaces are opened, and so many machines start up, at the same time
 * @param onChange told when a rush begins and when it is over
 */
export function createRush(most: { spaces: number; machines: number }, onChange: (isOn: boolean) => void): Rush {
  let inLine = 0
  const changeBy = (difference: number) => {
    const was = inLine > 0
    inLine += difference
    if (inLine > 0 !== was) onChange(!was)
  }
  const line = (places: number): Line => {
    const waiting: (() => void)[] = []
    let free = places
    const leave = () => {
      const next = waiting.shift()
      if (next === undefined) free += 1
      else {
        changeBy(-1)
        next()
      }
    }
    return async () => {
      if (free > 0) free -= 1
      else {
        changeBy(1)
        await new Promise<void>((turn) => waiting.push(turn))
      }
      let isOver = false
      return () => {
        if (isOver) return
        isOver = true
        leave()
      }
    }
  }
  return { space: line(most.spaces), machine: line(most.machines) }
}
