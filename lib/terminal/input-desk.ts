import { ACCEPT_EVERY_BYTES, INPUT_WINDOW_BYTES } from './protocol.ts'

const CLIENTS_REMEMBERED = 32

/** `flooded`: more than this window may send without being told that it was taken. `disordered`: a message is missing before this one. */
export type InputVerdict = 'taken' | 'known' | 'flooded' | 'disordered'

export type InputDesk = {
  /** Takes one numbered message of a window, or says why not. */
  take(client: string, seq: number, bytes: Uint8Array): InputVerdict
  /** The number of the last message taken from this window; 0: none. */
  accepted(client: string): number
  /** The shell is there: what waits is written. */
  flush(): void
}

export type InputDeskOptions = {
  /** Writes to the shell, calling back when it had room; false: there is no shell yet. */
  write: (bytes: Uint8Array, taken: () => void) => boolean
  /** Tell this window that everything up to this number has been passed on. */
  onAccepted: (client: string, seq: number) => void
}

type Desk = { last: number; pendingBytes: number; unreportedBytes: number }
type Waiting = { client: string; seq: number; bytes: Uint8Array }

/** Sees to it that every message is typed once and in order, and that no window queues without bound. */
export function createInputDesk({ write, onAccepted }: InputDeskOptions): InputDesk {
  const desks = new Map<string, Desk>()
  const waiting: Waiting[] = []
  const deskOf = (client: string): Desk => {
    const desk = desks.get(client) ?? { last: 0, pendingBytes: 0, unreportedBytes: 0 }
    desks.delete(client)
    desks.set(client, desk)
    const oldest = desks.keys().next().value
    if (desks.size > CLIENTS_REMEMBERED && oldest !== undefined) desks.delete(oldest)
    return desk
  }
  const pass = ({ client, seq, bytes }: Waiting) => {
    const desk = deskOf(client)
    return write(bytes, () => {
      desk.pendingBytes -= bytes.length
      desk.unreportedBytes += bytes.length
      if (desk.unreportedBytes < ACCEPT_EVERY_BYTES) return
      desk.unreportedBytes = 0
      onAccepted(client, seq)
    })
  }
  return {
    take(client, seq, bytes) {
      const desk = deskOf(client)
      if (seq <= desk.last) return 'known'
      if (seq !== desk.last + 1) return 'disordered'
      if (desk.pendingBytes + bytes.length > 2 * INPUT_WINDOW_BYTES) return 'flooded'
      desk.last = seq
      desk.pendingBytes += bytes.length
      const message = { client, seq, bytes }
      if (waiting.length > 0 || !pass(message)) waiting.push(message)
      return 'taken'
    },
    accepted: (client) => desks.get(client)?.last ?? 0,
    flush() {
      for (let next = waiting[0]; next !== undefined && pass(next); next = waiting[0]) waiting.shift()
    },
  }
}
