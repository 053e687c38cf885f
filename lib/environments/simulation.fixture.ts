import { World } from './simulation-world.fixture.ts'

/*
 * Many runs, each from its seed.
 */

export type Failure = { seed: number; words: string }

/**
 * Plays runs one after the other.
 * @param stop at the first that goes wrong
 * @returns those that went wrong, and how often what happened in all of them
 */
export function simulate({ from, runs, stop = false }: { from: number; runs: number; stop?: boolean }): {
  failures: Failure[]
  seen: Map<string, number>
  played: number
} {
  const failures: Failure[] = []
  const seen = new Map<string, number>()
  let played = 0
  for (let seed = from; seed < from + runs; seed += 1) {
    const words = play(seed, seen)
    played += 1
    if (words === null) continue
    failures.push({ seed, words })
    if (stop) break
  }
  return { failures, seen, played }
}

function play(seed: number, seen: Map<string, number>): string | null {
  const world = new World(seed)
  try {
    world.run()
  } catch (error) {
    // What it did is told below, from the same seed.
    return `it broke: ${String(error)}`
  }
  for (const [what, times] of world.seen) seen.set(what, (seen.get(what) ?? 0) + times)
  const end = `in the end ${world.books.row.phase}`
  seen.set(end, (seen.get(end) ?? 0) + 1)
  return world.oracle.wrong
}

const LAST_LINES = 60

/** How a run came to what it came to: its last lines, and what stands in the rows and in the cloud. */
export function tell(seed: number): string {
  const lines: string[] = []
  const world = new World(seed, lines)
  try {
    world.run()
  } catch (error) {
    lines.push(error instanceof Error ? (error.stack ?? error.message) : String(error))
  }
  const text = (value: unknown) => JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? Number(one) : one))
  const { weather, books, cloud, oracle } = world
  return [
    `seed ${seed}: ${oracle.wrong}`,
    `lab ${text(books.lifecycle)}`,
    `weather ${text(weather)}`,
    ...lines.slice(-LAST_LINES),
    `row ${text(books.row)}`,
    `stacks ${text(books.stacks)}`,
    `cloud ${text(cloud.stacks)}`,
  ].join('\n')
}

/** What a test says of runs that went wrong; empty where none did. */
export function report(failures: readonly Failure[]): string {
  const [first] = failures
  if (!first) return ''
  const list = failures.slice(0, 20).map(({ seed, words }) => `seed ${seed}: ${words}`)
  return [`${failures.length} runs went wrong`, ...list, '', tell(first.seed)].join('\n')
}
