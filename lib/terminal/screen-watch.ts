import type { Size } from './protocol.ts'
import type { ShellChannel } from './ssh.ts'

/** Long enough for a busy machine to see both sizes. */
const JIGGLE_MS = 200
const ALTERNATE = Buffer.from('\x1b[?1049')
const ALTERNATE_ON = 'h'.charCodeAt(0)

/**
 * Programs that draw on the whole screen cannot be shown from the middle of their output, and a shell found again under dtach shows
 * nothing: they are asked to paint, by a size that is another for a moment.
 */
export function watchScreen(shell: () => ShellChannel | null, size: () => Size) {
  let alternate = false
  let carried = Buffer.alloc(0)
  let timer: NodeJS.Timeout | undefined
  return {
    get alternate() {
      return alternate
    },
    look(bytes: Buffer) {
      const edge = Buffer.concat([carried, bytes.subarray(0, ALTERNATE.length)])
      for (const part of [edge, bytes]) {
        const at = part.lastIndexOf(ALTERNATE)
        const what = at < 0 ? undefined : part[at + ALTERNATE.length]
        if (what !== undefined) alternate = what === ALTERNATE_ON
      }
      carried = Buffer.from(bytes.length < ALTERNATE.length ? edge.subarray(-ALTERNATE.length) : bytes.subarray(-ALTERNATE.length))
    },
    repaint() {
      if (timer) return
      const { cols, rows } = size()
      // Full-screen programs paint at any change, a prompt only where the width is another.
      shell()?.resize({ cols: cols - 1, rows })
      timer = setTimeout(() => {
        timer = undefined
        shell()?.resize(size())
      }, JIGGLE_MS)
    },
    close: () => clearTimeout(timer),
  }
}
