import { acknowledged, holdsBack } from './credit.ts'
import { lateStart } from './late-start.ts'
import type { OutputLog } from './output-log.ts'
import type { Position, Size, Welcome } from './protocol.ts'

/** One window that looks at a shell. */
export type Viewer = {
  /** The page's own name for itself, kept across its reconnections. */
  client: string
  /** `Hello.keeps` */
  keeps?: number
  output(seq: number, bytes: Buffer): void
  /** What follows does not connect with what was shown: draw anew from here. */
  restart(seq: number): void
}

export type Seat = {
  readonly viewer: Viewer
  size: Size
  /** The position up to which this window was given output. */
  sent: number
  acked: number
  /** It is more than the credit behind and gets nothing until it has caught up. */
  waiting: boolean
}

/** Where a window's output begins, and whether that connects with what it has. */
export type Start = Pick<Welcome, 'seq' | 'kind' | 'sight'>

export type Audience = {
  readonly seats: ReadonlySet<Seat>
  /** The window that types: its size counts, and it alone may hold the shell back. */
  readonly lead: Seat | null
  join(viewer: Viewer, size: Size, last: Position | null): { seat: Seat; start: Start }
  leave(seat: Seat): void
  /** @returns whether the lead changed */
  takeLead(seat: Seat): boolean
  /** Gives every window what it lacks. */
  deliver(): void
  /** What comes next does not connect with what was printed before: every window is told where that is. */
  markGap(): void
  /** @returns false where the window claims to have drawn what it was never given */
  ack(seat: Seat, seq: number): boolean
  /** Whether the shell should pause for its lead. */
  holdsBack(): boolean
}

/**
 * Who looks at one shell and how far each of them is. A slow window never slows the others: it is left out until it has caught up.
 * @param alternateAt whether a program had the whole screen just before a position
 */
export function createAudience(log: OutputLog, epoch: string, alternateAt: (position: number) => boolean): Audience {
  const seats = new Set<Seat>()
  let lead: Seat | null = null
  let held = false
  const begin = (last: Position | null, { rows }: Size, keeps: number | undefined): Start => {
    if (last?.epoch === epoch && last.seq <= log.head && last.seq >= log.tail) return { seq: last.seq, kind: 'resumed', sight: last.seq }
    const from = log.cleanStart(log.tail)
    const kind = last === null ? 'fresh' : 'gap'
    if (keeps === undefined || alternateAt(from)) return { seq: from, kind, sight: from }
    const bytes = log.read(from, log.head)
    const left = lateStart(bytes, keeps)
    const seq = from + left
    // Only a window that shows nothing yet can show a part first.
    return { seq, kind, sight: kind === 'fresh' ? seq + lateStart(bytes.subarray(left), rows) : seq }
  }
  const give = (seat: Seat, shared: { from: number; bytes: Buffer } | null) => {
    if (seat.sent < log.tail) {
      seat.sent = seat.acked = log.cleanStart(log.tail)
      seat.viewer.restart(seat.sent)
    }
    if (seat.sent === log.head) return shared
    const piece = shared?.from === seat.sent ? shared : { from: seat.sent, bytes: log.read(seat.sent, log.head) }
    seat.viewer.output(seat.sent, piece.bytes)
    seat.sent = log.head
    return piece
  }
  return {
    seats,
    get lead() {
      return lead
    },
    join(viewer, size, last) {
      const start = begin(last, size, viewer.keeps)
      const seat: Seat = { viewer, size, sent: start.seq, acked: start.seq, waiting: false }
      seats.add(seat)
      lead = seat
      return { seat, start }
    },
    leave(seat) {
      seats.delete(seat)
      if (lead === seat) lead = [...seats].at(-1) ?? null
    },
    takeLead(seat) {
      if (lead === seat || !seats.has(seat)) return false
      lead = seat
      return true
    },
    deliver() {
      let shared: { from: number; bytes: Buffer } | null = null
      for (const seat of seats) {
        seat.waiting = holdsBack(seat.waiting, seat.sent - seat.acked)
        if (!seat.waiting) shared = give(seat, shared)
      }
    },
    markGap() {
      for (const seat of seats) {
        if (!seat.waiting) give(seat, null)
        seat.sent = seat.acked = log.head
        seat.waiting = false
        seat.viewer.restart(log.head)
      }
    },
    ack(seat, seq) {
      const acked = acknowledged(seat.acked, seat.sent, seq)
      if (acked === null) return seq < seat.acked
      seat.acked = acked
      if (seat.waiting && !holdsBack(true, seat.sent - acked)) {
        seat.waiting = false
        give(seat, null)
      }
      return true
    },
    holdsBack() {
      held = lead !== null && holdsBack(held, log.head - lead.acked)
      return held
    },
  }
}
