import { writeFileSync } from 'node:fs'
import { constants, setPriority } from 'node:os'

/**
 * Lets this process go before others of this computer, where it may (setpriority(2): not without CAP_SYS_NICE): a key that somebody presses
 * takes a fraction of a millisecond of work, and is felt when that has to wait for somebody's flood.
 * @returns whether it does
 */
export function goFirst(): boolean {
  try {
    setPriority(constants.priority.PRIORITY_HIGH)
  } catch {
    return false
  }
  try {
    // Where the kernel divides its time between sessions first (sched(7), autogroup), only this counts.
    writeFileSync('/proc/self/autogroup', String(constants.priority.PRIORITY_HIGH))
  } catch {
    // It does not.
  }
  return true
}
