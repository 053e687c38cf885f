/** The size of a group after each step, and how many members may get their new definition in it. */
export type Batches = { capacity: number; fresh: number }[]

/**
 * In which steps a group of `current` members becomes one of `target` new ones, `size` at a time and with at least `keep` in service.
 * The arithmetic is that of Heat's rolling updates (heat/scaling/rolling_update.py).
 */
export function batchesOf({ target, current, size, keep }: { target: number; current: number; size: number; keep: number }): Batches {
  const batches: Batches = []
  let [capacity, done] = [current, 0]
  while (!(done >= capacity && capacity === target)) {
    const inService = Math.min(keep, target, capacity)
    const fresh = Math.min(size, Math.max(target - done, 0))
    const next = fresh + Math.max(Math.min(capacity, target - fresh), inService)
    batches.push({ capacity: next, fresh })
    done += fresh - Math.max(next - Math.max(capacity, target), 0)
    capacity = next
  }
  return batches
}
