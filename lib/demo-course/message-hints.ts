/**
 * Launches that were begun and not yet answered, named by `lti_message_hint` (LTI core 4.1.1). The tool must hand the hint
 * back byte for byte, so the hint itself is the key: one altered character and the platform knows nothing of it.
 */
import { randomBytes } from 'node:crypto'
import type { Course, CourseRole, Person, ResourceLink } from './course-content.ts'
import type { DocumentTarget } from './id-token.ts'

/** How long the platform remembers a launch it began, seconds (Open edX: 600). */
export const hintLifetimeSeconds = 600

/** Who began a launch, where, and for which client. */
export type BegunLaunch = {
  readonly clientId: string
  readonly deploymentId: string
  readonly person: Person
  readonly role: CourseRole
  readonly course: Course
  readonly link: ResourceLink
  readonly targetLinkUri: string
  readonly documentTarget: DocumentTarget
}

type Entry = { readonly launch: BegunLaunch; readonly expiresAt: number }

export type MessageHints = {
  /** Remembers a launch and gives the hint that names it. */
  readonly issue: (launch: BegunLaunch) => string
  /** The launch this hint names, if it is known and young enough. */
  readonly find: (hint: string) => BegunLaunch | undefined
  /** Forgets a hint that was answered, unless hints may be used again. */
  readonly spend: (hint: string) => void
}

/**
 * `reusable: false` is Moodle's way (one answer per begun launch), `true` is Open edX's (as often as wanted, for 600 s).
 * At most `limit` launches are remembered; the oldest make room.
 */
export function createMessageHints({
  now,
  reusable,
  limit = 20_000,
}: {
  now: () => Date
  reusable: boolean
  limit?: number
}): MessageHints {
  const entries = new Map<string, Entry>()
  const forgetOld = () => {
    for (const [hint, entry] of entries) {
      if (entry.expiresAt > now().getTime() && entries.size < limit) return
      entries.delete(hint)
    }
  }
  return {
    issue(launch) {
      forgetOld()
      const hint = hintText(launch)
      entries.set(hint, { launch, expiresAt: now().getTime() + hintLifetimeSeconds * 1000 })
      return hint
    },
    find(hint) {
      const entry = entries.get(hint)
      return entry !== undefined && entry.expiresAt > now().getTime() ? entry.launch : undefined
    },
    spend(hint) {
      if (!reusable) entries.delete(hint)
    },
  }
}

/** JSON as Moodle's, with all that a careless tool breaks on the way: quotes, plus, ampersand, percent, letters beyond ASCII. */
function hintText(launch: BegunLaunch): string {
  const placement = `${launch.course.key}+${launch.link.key}`
  return JSON.stringify({ placement, launchid: randomBytes(16).toString('hex'), note: 'a&b=c%2B “ü”' })
}
