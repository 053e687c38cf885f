/**
 * How far the server's clock is ahead of this browser's, in milliseconds, after another message that told its time. A message that was
 * long under way makes it look less, never more; so more is believed at once, and less only where it is no accident of the network:
 * somebody has set one of the clocks. Pure.
 * @param known what was believed so far; null: nothing
 * @param told the server's time in the message
 * @param heardAt this browser's time when it came
 */
export function clockSkew(known: number | null, told: number, heardAt: number): number {
  const seen = told - heardAt
  if (known === null || seen >= known) return seen
  return known - seen > CLOCK_WAS_SET_MS ? seen : known
}

const CLOCK_WAS_SET_MS = 1_500
