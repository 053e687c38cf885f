type Writable = { write(data: string | Uint8Array, drawn?: () => void): void }

/** Less than this is drawn at once as it is. */
const WORTH_BYTES = 16 * 1024
/** RIS (ECMA-48): as a terminal was at first, and nothing on it. */
const ANEW = new Uint8Array([0x1b, 0x63])

export type Drawing = {
  /** Whether what is being drawn just now was printed before this page came. */
  isOld: () => boolean
  /**
   * @param drawn called when all of it is on the screen
   * @param sight what follows this index makes the same screen as all of it; it is shown first, for a moment. 0: there is no such place
   */
  write(bytes: Uint8Array, drawn: () => void, isOld: boolean, sight?: number): void
  /** The page's own words, in their turn. */
  say(text: string): void
}

/**
 * Draws output, and knows of what is being drawn just now whether it is old: a terminal draws in order, and later than it is told.
 *
 * Of long old output the last lines are shown first, since they are what a person waits for; a moment later all of it takes their place,
 * and what has scrolled away can be scrolled back to.
 * @param onOld is told when old output begins to be drawn, and when it is
 * @param first does the first piece of work, which calls back when it is drawn, and some time after that has been seen the second
 */
export function createDrawing(
  terminal: Writable,
  onOld: (isOld: boolean) => void = () => {},
  first: (draw: (drawn: () => void) => void, rest: () => void) => void = (draw, rest) => draw(rest),
): Drawing {
  let old = false
  /** What came while the first look is being shown. */
  let waiting: (() => void)[] | null = null
  const inTurn = (write: () => void) => {
    if (waiting) waiting.push(write)
    else write()
  }
  const turn = (isOld: boolean) => {
    old = isOld
    onOld(isOld)
  }
  const drawOld = (bytes: Uint8Array, drawn: () => void) => {
    terminal.write('', () => turn(true))
    terminal.write(bytes, () => {
      turn(false)
      drawn()
    })
  }
  const drawAnew = (bytes: Uint8Array, drawn: () => void) => {
    const writes = waiting ?? []
    waiting = null
    // In one piece: no frame shows the screen empty.
    const whole = new Uint8Array(ANEW.length + bytes.length)
    whole.set(ANEW)
    whole.set(bytes, ANEW.length)
    drawOld(whole, drawn)
    for (const write of writes) write()
  }
  return {
    isOld: () => old,
    write: (bytes, drawn, isOld, sight = 0) =>
      inTurn(() => {
        if (!isOld) return terminal.write(bytes, drawn)
        if (sight < WORTH_BYTES) return drawOld(bytes, drawn)
        waiting = []
        first(
          (done) => drawOld(bytes.subarray(sight), done),
          () => drawAnew(bytes, drawn),
        )
      }),
    say: (text) => inTurn(() => terminal.write(text)),
  }
}
