/*
 * The clock of a machine, asked and set over SSH. POSIX sh; no root where it has none.
 */

/** Prints seconds since 1970, with nanoseconds where its `date` knows them. */
export function clockCommand(): string {
  return 'date +%s.%N 2>/dev/null || date +%s'
}

/**
 * What a machine's clock said, held against ours.
 * @param times ours, in ms since 1970: right before the question and right after the answer
 * @returns how far it is ahead of ours (negative: behind), give or take `uncertaintyMs`; null where it is no time
 */
export function readClock(
  output: string,
  { sentAt, receivedAt }: { sentAt: number; receivedAt: number },
): { offsetMs: number; uncertaintyMs: number } | null {
  const [, seconds, fraction] = /^\s*(\d{1,12})(?:\.(\d+))?/.exec(output) ?? []
  if (seconds === undefined) return null
  const its = Number(seconds) * 1000 + (fraction === undefined ? 500 : Number(`0.${fraction}`) * 1000)
  const uncertaintyMs = Math.max(0, receivedAt - sentAt) / 2 + (fraction === undefined ? 500 : 0)
  return { offsetMs: its - (sentAt + receivedAt) / 2, uncertaintyMs }
}

/**
 * Sets a machine's clock, as far as its user may: by its time service where there is one, else by hand. It says nothing and never fails:
 * ask the clock again.
 * @param atMs now, in ms since 1970
 */
export function setClockCommand(atMs: number): string {
  const now = (atMs / 1000).toFixed(3)
  return `sudo -n chronyc makestep >/dev/null 2>&1; sudo -n date -u -s @${now} >/dev/null 2>&1; true`
}
