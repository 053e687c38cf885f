import { INPUT_WINDOW_BYTES } from '#lib/terminal/protocol.ts'

const PIECE_BYTES = 16 * 1024
const HELD_MAX_BYTES = 4 * 1024 * 1024

type Message = { seq: number; bytes: Uint8Array; sent: boolean }

export type InputQueue = {
  /** Takes what was typed or pasted. @returns false where so much waits already that it was not taken */
  add(bytes: Uint8Array): boolean
  /** The messages that may go out now, in order; they count as sent. */
  take(): { seq: number; bytes: Uint8Array }[]
  /** Everything up to this number has been passed on. */
  accepted(seq: number): void
  /** What has not been accepted is known not to have been typed: it goes out again, to whoever is there next. */
  settle(): void
  /**
   * A connection stands again. The same stream knows what it took: the rest is sent again. A new one cannot know: what had been sent may
   * have been typed, so it is not sent again; what had not is.
   */
  resume(accepted: number, sameStream: boolean): void
  readonly heldBytes: number
}

/** What is typed, numbered, kept until it is known to have arrived: nothing is lost or typed twice by a connection that breaks. */
export function createInputQueue(): InputQueue {
  let messages: Message[] = []
  let nextSeq = 1
  const total = (wanted: (message: Message) => boolean) => messages.reduce((sum, one) => sum + (wanted(one) ? one.bytes.length : 0), 0)
  return {
    add(bytes) {
      if (total(() => true) + bytes.length > HELD_MAX_BYTES) return false
      for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
        messages.push({ seq: nextSeq++, bytes: bytes.subarray(at, at + PIECE_BYTES), sent: false })
      }
      return true
    },
    take() {
      let room = INPUT_WINDOW_BYTES - total(({ sent }) => sent)
      const ready: Message[] = []
      for (const message of messages) {
        if (message.sent) continue
        room -= message.bytes.length
        if (room < 0) break
        message.sent = true
        ready.push(message)
      }
      return ready
    },
    accepted(seq) {
      messages = messages.filter((message) => message.seq > seq)
    },
    settle() {
      for (const message of messages) message.sent = false
    },
    resume(accepted, sameStream) {
      messages = messages.filter(({ seq, sent }) => (sameStream ? seq > accepted : !sent))
      nextSeq = accepted + 1
      for (const message of messages) Object.assign(message, { seq: nextSeq++, sent: false })
    },
    get heldBytes() {
      return total(() => true)
    },
  }
}
