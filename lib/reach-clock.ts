/*
 * The clock of a machine, asked and set over SSH. POSIX sh; no root where it has none.
 */

/** Prints seconds since 1970, with nanoseconds where its `date` knows them. */
export function clockCommand(): string {
  return 'date -u +%s.%N'
}

/**
 * What a machine's clock said, held against ours. Whatever a start-up file prints around it is not taken for a time.
 * @param times ours, in ms since 1970: right before the question and right after the answer
 * @returns how far it is ahead of ours (negative: behind), give or take `uncertaintyMs`; null where it is no time
 */
export function readClock(
  output: string,
  { sentAt, receivedAt }: { sentAt: number; receivedAt: number },
): { offsetMs: number; uncertaintyMs: number } | null {
  // A `date` that knows no nanoseconds prints the letter.
  const [, seconds, fraction] = [...output.matchAll(/^(\d{1,12})(?:\.(?:(\d+)|%?N)?)?\s*$/gm)].at(-1) ?? []
  if (seconds === undefined) return null
  const its = Number(seconds) * 1000 + (fraction === undefined ? 500 : Number(`0.${fraction}`) * 1000)
  const uncertaintyMs = Math.max(0, receivedAt - sentAt) / 2 + (fraction === undefined ? 500 : 0)
  return { offsetMs: its - (sentAt + receivedAt) / 2, uncertaintyMs }
}

/**
 * Sets a machine's clock, as far as its user may: by its time service where there is one, then by hand, as that service may know no
 * better yet. It says nothing and never fails: ask the clock again.
 * @param atMs now, in ms since 1970
 */
export function setClockCommand(atMs: number): string {
  const script = [
    'r="sudo -n"; [ "$(id -u)" = 0 ] && r=',
    'command -v chronyc >/dev/null 2>&1 && $r chronyc makestep',
    // Not every `date` takes a part of a second.
    `$r date -u -s @${(atMs / 1000).toFixed(3)} || $r date -u -s @${Math.round(atMs / 1000)}`,
  ]
  return `exec /bin/sh -c '{ ${script.join('; ')}; } >/dev/null 2>&1; true'`
}
