import { close, openSync, read } from 'node:fs'
import { open } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'

const CHUNK_BYTES = 64 * 1024

/** A file that is being fetched, and read meanwhile by as many as want it, each at their own pace. */
export type ComingFile = {
  /** In bytes, as promised. */
  readonly size: number
  /** Resolves once nothing more comes: whether all of it is there. That is so too when the last of its readers has left. */
  readonly ended: Promise<boolean>
  /** One more reader, from its beginning. Throws where the file is no longer at its path. */
  follow(): Readable
}

/** @param options `path`: of a file that is not there yet; `size`: what `source` has promised, in bytes */
export async function startComingFile(source: IncomingMessage, { path, size }: { path: string; size: number }): Promise<ComingFile> {
  const handle = await open(path, 'wx', 0o600)
  const state = { written: 0, isOver: false }
  const waiting = new Set<() => void>()
  let readers = 0
  const wake = () => {
    for (const go of waiting) go()
    waiting.clear()
  }
  const fill = async (): Promise<boolean> => {
    try {
      for await (const chunk of source) {
        if (!Buffer.isBuffer(chunk) || state.written + chunk.length > size) break
        await handle.write(chunk)
        state.written += chunk.length
        wake()
      }
    } catch {
      // The mirror broke off, or nobody wanted it any more: it is not whole.
    }
    state.isOver = true
    wake()
    await handle.close()
    return state.written === size
  }
  return {
    size,
    ended: fill(),
    follow() {
      const descriptor = openSync(path, 'r')
      readers += 1
      return readerOf({
        descriptor,
        size,
        state,
        more: () => new Promise((go) => waiting.add(go)),
        leave: () => {
          readers -= 1
          if (readers === 0 && !state.isOver) source.destroy()
        },
      })
    },
  }
}

type Followed = {
  descriptor: number
  size: number
  state: { written: number; isOver: boolean }
  more: () => Promise<void>
  leave: () => void
}

const readAt = promisify(read)

function readerOf({ descriptor, size, state, more, leave }: Followed): Readable {
  let at = 0
  const next = async (): Promise<Buffer | null> => {
    while (at < size && state.written <= at) {
      if (state.isOver) throw new Error('the mirror broke off')
      await more()
    }
    const length = Math.min(CHUNK_BYTES, state.written - at)
    if (length === 0) return null
    const { bytesRead, buffer } = await readAt(descriptor, Buffer.alloc(length), 0, length, at)
    at += bytesRead
    return buffer.subarray(0, bytesRead)
  }
  let reading: Promise<unknown> = Promise.resolve()
  return new Readable({
    highWaterMark: CHUNK_BYTES,
    read() {
      reading = next().then(
        (chunk) => this.push(chunk),
        (error: unknown) => this.destroy(error instanceof Error ? error : new Error(String(error))),
      )
    },
    destroy(error, done) {
      leave()
      // Not under the feet of a read: the number may be another file's a moment later.
      void reading.then(() => close(descriptor, () => done(error)))
    },
  })
}
