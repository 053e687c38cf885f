import { ACCEPT_EVERY_BYTES, INPUT_WINDOW_BYTES } from './protocol.ts'

const CLIENTS_REMEMBERED = 32

/**
 * `flooded`: more than this window may send without being told that it was taken. `disordered`: a message is missing before this one.
 * `closed`: nothing is taken any more; whoever asks next elsewhere types it there.
 */
export type InputVerdict = 'taken' | 'known' | 'flooded' | 'disordered' | 'closed'

export type InputDesk = {
  /** Takes one numbered message of a window, or says why not. */
  take(client: string, seq: number, bytes: Uint8Array): InputVerdict
  /** The number of the last message taken from this window; 0: none. */
  accepted(client: string): number
  /** The shell is there: what waits is written. */
  flush(): void
  /** The shell is gone. What was being written may have arrived: it is not written again. */
  lost(): void
  /** Takes nothing any more, and writes nothing that waits. @returns when what is being written has been, or the way to the shell is lost */
  close(): Promise<void>
  /** The number of the last message of this window that was passed on, in full or in part; what came after was not. */
  passed(client: string): number
}

export type InputDeskOptions = {
  /** Writes to the shell, calling back when it had room; false: there is no shell yet. */
  write: (bytes: Uint8Array, taken: () => void) => boolean
  /** Tell this window that everything up to this number has been passed on. */
  onAccepted: (client: string, seq: number) => void
}

type Desk = { last: number; passed: number; pendingBytes: number; unreportedBytes: number }
type Message = { client: string; seq: number; bytes: Uint8Array }

/**
 * Sees to it that every message is typed once and in order, and that no window queues without bound. One message is written at a time:
 * so it is known of each, but for that one, whether the shell has it.
 */
export function createInputDesk({ write, onAccepted }: InputDeskOptions): InputDesk {
  const desks = new Map<string, Desk>()
  const waiting: Message[] = []
  let writing: Message | null = null
  let closed = false
  let whenIdle = () => {}
  const deskOf = (client: string): Desk => {
    const desk = desks.get(client) ?? { last: 0, passed: 0, pendingBytes: 0, unreportedBytes: 0 }
    desks.delete(client)
    desks.set(client, desk)
    const oldest = desks.keys().next().value
    if (desks.size > CLIENTS_REMEMBERED && oldest !== undefined) desks.delete(oldest)
    return desk
  }
  const done = ({ client, seq, bytes }: Message) => {
    const desk = deskOf(client)
    writing = null
    desk.pendingBytes -= bytes.length
    desk.unreportedBytes += bytes.length
    if (desk.unreportedBytes >= ACCEPT_EVERY_BYTES) {
      desk.unreportedBytes = 0
      onAccepted(client, seq)
    }
    whenIdle()
    next()
  }
  const next = () => {
    if (writing || closed) return
    const message = waiting.shift()
    if (message === undefined) return
    const desk = deskOf(message.client)
    const { passed } = desk
    writing = message
    desk.passed = message.seq
    const took = write(message.bytes, () => {
      if (writing === message) done(message)
    })
    if (took) return
    writing = null
    desk.passed = passed
    waiting.unshift(message)
  }
  return {
    take(client, seq, bytes) {
      if (closed) return 'closed'
      const desk = deskOf(client)
      if (seq <= desk.last) return 'known'
      if (seq !== desk.last + 1) return 'disordered'
      if (desk.pendingBytes + bytes.length > 2 * INPUT_WINDOW_BYTES) return 'flooded'
      desk.last = seq
      desk.pendingBytes += bytes.length
      waiting.push({ client, seq, bytes })
      next()
      return 'taken'
    },
    accepted: (client) => desks.get(client)?.last ?? 0,
    flush: next,
    lost() {
      if (!writing) return
      const { client, bytes } = writing
      writing = null
      deskOf(client).pendingBytes -= bytes.length
      whenIdle()
    },
    async close() {
      closed = true
      if (!writing) return
      await new Promise<void>((resolve) => {
        whenIdle = resolve
      })
    },
    passed: (client) => desks.get(client)?.passed ?? 0,
  }
}
