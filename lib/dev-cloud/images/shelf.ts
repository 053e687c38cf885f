import { ensureImage, hasImage } from './ensure.mjs'
import { recipes } from './recipe.mjs'
import { progressWords } from './store.mjs'

/** Glance's words (api-ref, "Image statuses"); `killed`: the last attempt at building it failed. */
export type ImageStatus = 'active' | 'queued' | 'saving' | 'killed'

/** The images of this cloud, whether they are there already or not. */
export type Shelf = {
  status(name: string): ImageStatus
  /** `step 3 of 4: installing packages, 45 %`; null where nothing is said yet, or it is there. */
  progress(name: string): string | null
  /**
   * Resolves once the image is there; builds it before all others, if nobody does already. `onProgress` is called when there is news.
   * Rejects when it cannot be built (the next who asks tries again), and when `cancelled`.
   */
  ready(name: string, onProgress: () => void, cancelled: AbortSignal): Promise<void>
  /** Builds, one after the other and in the background, all that are missing; begins after so many milliseconds. */
  buildAhead(afterMs: number): void
  /** Ends what is being built; nothing half done stays. */
  close(): Promise<void>
}

/** Where machines are only played, so are images. */
export const playedShelf: Shelf = {
  status: () => 'active',
  progress: () => null,
  ready: async () => undefined,
  buildAhead: () => undefined,
  close: async () => undefined,
}

type Entry = { status: ImageStatus; says: string | null; wanted: boolean; error: Error | null; watchers: Set<() => void> }

/** Beside somebody's machines a build takes what they leave. */
const NICENESS = 10

/** The images in a folder of this computer. `build` and `has` are handed in by tests. */
export function openShelf(
  imageFolder: string,
  { log, build = ensureImage, has = hasImage }: { log: (line: string) => void; build?: typeof ensureImage; has?: typeof hasImage },
): Shelf {
  const ending = new AbortController()
  const entries = new Map<string, Entry>()
  let working: Promise<void> | null = null

  const entryOf = (name: string): Entry => {
    const known = entries.get(name)
    if (known) return known
    const entry: Entry = { status: 'queued', says: null, wanted: false, error: null, watchers: new Set() }
    entries.set(name, entry)
    return entry
  }
  const change = (name: string, to: Partial<Entry>) => {
    const entry = Object.assign(entryOf(name), to)
    for (const tell of Array.from(entry.watchers)) tell()
  }
  const isThere = (name: string) => {
    const entry = entryOf(name)
    if (entry.status !== 'active' && entry.status !== 'saving' && has(imageFolder, name)) entry.status = 'active'
    return entry.status === 'active'
  }
  const make = async (name: string) => {
    change(name, { status: 'saving', says: null, error: null })
    const began = performance.now()
    try {
      const { built } = await build({
        imageFolder,
        name,
        signal: ending.signal,
        niceness: NICENESS,
        onProgress: (progress) => change(name, { says: progressWords(progress) }),
      })
      if (built.length > 0) log(`image ${name} is built (${Math.round((performance.now() - began) / 1000)} s)`)
      change(name, { status: 'active', says: null, wanted: false })
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error))
      if (!ending.signal.aborted) log(`image ${name} could not be built: ${failure.message}`)
      change(name, { status: 'killed', says: null, wanted: false, error: failure })
    }
  }
  /** What somebody waits for comes first. */
  const work = async () => {
    for (;;) {
      if (ending.signal.aborted) return
      const next =
        [...entries].find(([, { wanted }]) => wanted) ?? [...entries].find(([name, { status }]) => ahead.has(name) && status === 'queued')
      if (next === undefined) return
      await make(next[0])
    }
  }
  const ahead = new Set<string>()
  let later: NodeJS.Timeout | undefined
  const begin = () => {
    working ??= work().finally(() => (working = null))
  }
  return {
    status: (name) => (isThere(name) ? 'active' : entryOf(name).status),
    progress: (name) => entryOf(name).says,
    ready(name, onProgress, cancelled) {
      if (isThere(name)) return Promise.resolve()
      const entry = entryOf(name)
      if (entry.status === 'killed') entry.status = 'queued'
      entry.wanted = true
      begin()
      return new Promise((resolve, reject) => {
        const finish = (outcome: () => void) => {
          entry.watchers.delete(look)
          cancelled.removeEventListener('abort', stop)
          outcome()
        }
        const look = () => {
          if (entry.status === 'active') finish(resolve)
          else if (entry.status === 'killed') finish(() => reject(entry.error ?? new Error('it could not be built')))
          else onProgress()
        }
        const stop = () => finish(() => reject(new Error('cancelled')))
        cancelled.addEventListener('abort', stop)
        entry.watchers.add(look)
        if (cancelled.aborted) stop()
        else look()
      })
    },
    buildAhead(afterMs) {
      later = setTimeout(() => {
        for (const { name } of recipes) if (!isThere(name)) ahead.add(name)
        if (ahead.size > 0) begin()
      }, afterMs).unref()
    },
    async close() {
      clearTimeout(later)
      ending.abort()
      await working
    },
  }
}
