/**
 * Modes that a program may have left on: other screen, mouse, pasting, keypad, colours. Leaving the other screen takes the cursor to where
 * it was saved last, also where there was no other screen: so it is saved first, for each screen has a place of its own.
 */
const SOFT_RESET = '\x1b7\x1b[?1049l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[!p\x1b[0m'

/** What is written where output is missing: what is shown goes up into the scrollback, and whatever paints anew begins with an empty screen. */
export function gapText(rows: number, words: string): string {
  return `${SOFT_RESET}\r\n\x1b[2m${words}\x1b[0m${'\r\n'.repeat(rows)}\x1b[H`
}

export const ALTERNATE_SCREEN = '\x1b[?1049h'
