import type { Size } from './protocol.ts'
import type { ShellChannel } from './ssh.ts'

/** Long enough for a busy machine to see both sizes. */
const JIGGLE_MS = 200
/** What comes after the first size is the answer to it, as a rule. */
const ANSWERED_MS = 40
const ALTERNATE = Buffer.from('\x1b[?1049')
const ALTERNATE_ON = 'h'.charCodeAt(0)
/** Of so many changes between the two screens it is known where they were: far more than people make while the log lasts. */
const CHANGES_KEPT = 64

/**
 * Programs that draw on the whole screen cannot be shown from the middle of their output, and a shell found again under dtach shows
 * nothing: they are asked to paint, by a size that is another for a moment. Where all that a program has drawn since it took the screen
 * is still in the log, that is shown instead: nothing flickers, and what lies under it is there when it ends.
 */
export function watchScreen(shell: () => ShellChannel | null, size: () => Size) {
  const changes: { at: number; on: boolean }[] = []
  /** The last bytes of what came before: in memory of their own, as they stay for long. */
  const carried = Buffer.allocUnsafeSlow(ALTERNATE.length)
  let carriedBytes = 0
  let timer: NodeJS.Timeout | undefined
  let answered = false
  const isOn = () => changes.at(-1)?.on ?? false
  const restore = () => {
    timer = undefined
    shell()?.resize(size())
  }
  return {
    /** Whether a program has the screen now. */
    get alternate() {
      return isOn()
    },
    /** Whether a program had the screen just before a position, as far as is known. */
    alternateAt(position: number) {
      return changes.findLast(({ at }) => at < position)?.on ?? false
    },
    /** @param at the position of the first byte */
    look(bytes: Buffer, at: number) {
      const edge = Buffer.concat([carried.subarray(0, carriedBytes), bytes.subarray(0, ALTERNATE.length)])
      const parts = [
        { part: edge, begin: at - carriedBytes },
        { part: bytes, begin: at },
      ]
      for (const { part, begin } of parts) {
        const found = part.lastIndexOf(ALTERNATE)
        const what = found < 0 ? undefined : part[found + ALTERNATE.length]
        if (what === undefined || (what === ALTERNATE_ON) === isOn()) continue
        changes.push({ at: begin + found, on: what === ALTERNATE_ON })
        if (changes.length > CHANGES_KEPT) changes.shift()
      }
      carriedBytes = (bytes.length < ALTERNATE.length ? edge : bytes).subarray(-ALTERNATE.length).copy(carried)
      if (!timer || answered) return
      answered = true
      clearTimeout(timer)
      timer = setTimeout(restore, ANSWERED_MS)
    },
    repaint() {
      if (timer) return
      const { cols, rows } = size()
      // Full-screen programs paint at any change, a prompt only where the width is another.
      shell()?.resize({ cols: cols - 1, rows })
      answered = false
      timer = setTimeout(restore, JIGGLE_MS)
    },
    close: () => clearTimeout(timer),
  }
}
