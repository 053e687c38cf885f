/** One command of the command line. */
export type Command = {
  words: string
  takes: string
  does: string
  /** What `--help` says besides. */
  help?: readonly string[]
  run(args: string[]): Promise<string[] | Answer>
}

/** What a command prints, and how it ends where that is not 0. */
export type Answer = { lines: string[]; exitCode: number }

/** How a command ends. `asks`: nothing was done, it was shown what would be. */
export const exitCodes = { done: 0, failed: 1, misused: 2, asks: 3 } as const
