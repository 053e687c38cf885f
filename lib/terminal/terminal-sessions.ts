import { createHash } from 'node:crypto'
import type { Client } from 'ssh2'
import { createFairShares } from './fair-share.ts'
import type { Power } from './power.ts'
import type { EndReason } from './protocol.ts'
import { createTerminalSession, type TerminalSession } from './terminal-session.ts'
import { tidyWhenQuiet } from './tidy-when-quiet.ts'

/** Which shell: each person has some on each machine of one generation, told apart by their tabs. */
export type ShellKey = { environmentId: string; generation: number; hostName: string; userId: string; tab: string }

export type TerminalSessions = {
  /** The session of this shell, begun where there is none; null: this person looks at as many as one may have. */
  open(key: ShellKey, power: Power): TerminalSession | null
  /** What the machines of an environment can be expected to do. */
  setPower(environmentId: string, power: Power): void
  /** Ends those that `wanted` names. */
  closeWhere(wanted: (key: ShellKey) => boolean, reason: EndReason): void
  /** All of them, in peace: see `goAway` of each. */
  goAway(limitMs: number): Promise<void>
  readonly size: number
}

export type TerminalSessionsOptions = {
  openMachine: (key: ShellKey, signal: AbortSignal) => Promise<Client>
  onActivity: (key: ShellKey) => void
  onStarted: (key: ShellKey) => void
  idleMs: number
  maxPerPerson: number
}

/** The shells that this gateway holds. */
export function createTerminalSessions(options: TerminalSessionsOptions): TerminalSessions {
  const now = () => performance.now()
  const shares = createFairShares(now)
  // All of it at once: after one round much of what buffers had is still held. Without `--expose-gc` (node(1)) nothing is done.
  const tidy = () => void globalThis.gc?.({ type: 'major', execution: 'async', flavor: 'last-resort' })
  const tidying = tidyWhenQuiet({ tidy, now, after: (ms, run) => void setTimeout(run, ms).unref() })
  const open = new Map<string, { key: ShellKey; session: TerminalSession }>()
  const textOf = ({ environmentId, generation, hostName, userId, tab }: ShellKey) =>
    JSON.stringify([environmentId, generation, hostName, userId, tab])
  return {
    get size() {
      return open.size
    },
    open(key, power) {
      const text = textOf(key)
      const known = open.get(text)
      // While nobody looked nobody told it.
      known?.session.setPower(power)
      if (known) return known.session
      const mine = [...open.values()].filter((other) => other.key.userId === key.userId)
      if (mine.length >= options.maxPerPerson) {
        // What nobody looks at makes room, the oldest first: the shell lives on where it is, only what it had shown is forgotten.
        const [unwatched] = mine.filter((other) => other.session.windows === 0)
        if (!unwatched) return null
        unwatched.session.close('exited')
      }
      const session = createTerminalSession({
        name: shellName(key),
        openMachine: (signal) => options.openMachine(key, signal),
        power,
        share: shares.join(),
        onPassed: tidying.passed,
        idleMs: options.idleMs,
        onClosed: () => void open.delete(text),
        onActivity: () => options.onActivity(key),
        onStarted: () => options.onStarted(key),
      })
      open.set(text, { key, session })
      return session
    },
    setPower(environmentId, power) {
      for (const { key, session } of open.values()) if (key.environmentId === environmentId) session.setPower(power)
    },
    async goAway(limitMs) {
      await Promise.all([...open.values()].map(({ session }) => session.goAway(limitMs)))
    },
    closeWhere(wanted, reason) {
      for (const { key, session } of open.values()) if (wanted(key)) session.close(reason)
    },
  }
}

/** Short, since the path of a socket may not be long; the same for every gateway; says nothing of the person. */
function shellName({ userId, tab }: ShellKey): string {
  const person = createHash('sha256').update(userId).digest('hex').slice(0, 12)
  return tab === '1' ? person : `${person}-${tab}`
}
