import { ACK_EVERY_BYTES, type Position, type Size, type Welcome } from '#lib/terminal/protocol.ts'

/** What output is drawn on. */
export type OutputScreen = {
  size: () => Size
  /** Lines that are kept, those in sight among them. */
  keeps: () => number
  /**
   * @param drawn called when the bytes are on the screen
   * @param old it was printed before this page came: whatever it asks of a terminal has been answered
   * @param sight a new screen may show what follows this index first; 0: there is no such place
   */
  write(bytes: Uint8Array, drawn: () => void, old: boolean, sight: number): void
  /** What follows does not connect with what is shown. */
  gap: () => void
  /** A program that draws on the whole screen is running: what follows belongs there. */
  alternate: () => void
  fit: (size: Size) => void
}

export type FollowedOutput = {
  /** Where the page stops so far; null: it has seen nothing. */
  readonly position: Position | null
  /** A connection says where its output begins. @returns whether that is the stream of before */
  welcome(said: Welcome): boolean
  /** @returns false where it does not follow on what came before */
  output(seq: number, bytes: Uint8Array): boolean
}

/** Draws a stream of output in its order, and acknowledges what is drawn. @param ack tells the gateway that all before `seq` is */
export function followOutput(screen: OutputScreen, ack: (seq: number) => void): FollowedOutput {
  let position: Position | null = null
  let drawn = 0
  let acked = 0
  /** What lies before this position has been shown elsewhere. */
  let oldUntil = 0
  /** From here on the output makes the whole screen. */
  let sight = 0
  /** Grows with every welcome: what was still being drawn then counts as drawn. */
  let jump = 0
  const draw = (bytes: Uint8Array, old: boolean, from: number) => {
    const here = jump
    const done = () => {
      if (here !== jump) return
      drawn += bytes.length
      if (drawn - acked < ACK_EVERY_BYTES) return
      acked = drawn
      ack(drawn)
    }
    screen.write(bytes, done, old, from)
  }
  return {
    get position() {
      return position
    },
    welcome({ kind, epoch, seq, head, sight: inSight, alternate }) {
      const sameStream = epoch === position?.epoch
      if (kind !== 'resumed') {
        if (position) screen.gap()
        if (alternate) screen.alternate()
      }
      jump++
      position = { epoch, seq }
      drawn = acked = seq
      oldUntil = kind === 'resumed' ? 0 : head
      sight = kind === 'fresh' ? inSight : 0
      return sameStream
    },
    output(seq, bytes) {
      if (!position || seq !== position.seq) return false
      position.seq += bytes.length
      const old = Math.min(bytes.length, Math.max(0, oldUntil - seq))
      if (old > 0) draw(bytes.subarray(0, old), true, sight < seq + old ? Math.max(0, sight - seq) : 0)
      if (old < bytes.length) draw(bytes.subarray(old), false, 0)
      return true
    },
  }
}
