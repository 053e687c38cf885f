/*
 * What the page has to say, in the order in which it says it: one thing at a time. Pure.
 */

/** Most important first: what ends the page's use, what a person just asked for, what will be lost, what is cut, what is not quite right. */
const order = ['signedOut', 'failure', 'deletion', 'lost', 'flaw'] as const

export type NoticeKind = (typeof order)[number]
/** `text`: what it says beyond its kind; another text is another notice. */
export type PageNotice = { kind: NoticeKind; text: string }

/** What holds until it changes by itself cannot be sent away. */
const lasting: ReadonlySet<NoticeKind> = new Set(['signedOut', 'lost'])

export const noticeId = ({ kind, text }: PageNotice) => `${kind} ${text}`

export function isDismissable({ kind }: PageNotice): boolean {
  return !lasting.has(kind)
}

/** The notices that are still to be seen, most important first. @param dismissed ids of those that were sent away */
export function waiting(notices: readonly PageNotice[], dismissed: ReadonlySet<string>): PageNotice[] {
  return (
    notices
      .filter((notice) => !(isDismissable(notice) && dismissed.has(noticeId(notice))))
      // Nothing is heard of us because the launch is over: that is said already.
      .filter(({ kind }, _, all) => kind !== 'lost' || !all.some((other) => other.kind === 'signedOut'))
      .sort((one, other) => order.indexOf(one.kind) - order.indexOf(other.kind))
  )
}

/** What was sent away and came to its end may be said again when it comes again. */
export function stillDismissed(notices: readonly PageNotice[], dismissed: ReadonlySet<string>): ReadonlySet<string> {
  const now = new Set(notices.map(noticeId))
  const kept = new Set([...dismissed].filter((id) => now.has(id)))
  return kept.size === dismissed.size ? dismissed : kept
}
