/** A person inside one launch: who, as what, in which place of which course. Made only by `requireLaunch`. */
export type LaunchActor = {
  kind: 'launch'
  launchId: string
  loginSessionId: string
  userId: string
  role: 'learner' | 'instructor'
  platformId: string
  courseId: string | null
  resourceLinkId: string
  /** BCP 47, as the platform said, e.g. `de`; null where it said nothing. */
  locale: string | null
  /** When this launch is over in this browser, unless somebody ends it before. */
  endsAt: Date
}

/** A user of the built-in platform. Made only by `requireOperator`. */
export type OperatorActor = { kind: 'operator'; loginSessionId: string; userId: string }

/** Somebody at the command line of this installation. */
export type CommandLineActor = { kind: 'command_line' }

export type Actor = LaunchActor | OperatorActor | CommandLineActor
