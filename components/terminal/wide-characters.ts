import { Unicode11Addon } from '@xterm/addon-unicode11'
import type { IUnicodeVersionProvider, Terminal } from '@xterm/xterm'
import { isRightToLeft } from './right-to-left.ts'

/*
 * How many columns a character takes has to be the same for the shell and for the screen, or the line is edited in the wrong place. The
 * add-on counts as Unicode 12 did; the C library of the machines counts by a newer one. These are the assigned ones that differ and that
 * somebody types or prints: East Asian Width W by Unicode 15.1 (EastAsianWidth.txt).
 */

const widened: readonly (readonly [first: number, last: number])[] = [
  [0x2ffc, 0x2fff],
  [0x31bb, 0x31bf],
  [0x31ef, 0x31ef],
  [0x3248, 0x324f],
  [0x4dc0, 0x4dff],
  [0x1b11f, 0x1b122],
  [0x1f6d6, 0x1f6d7],
  [0x1f6dc, 0x1f6df],
  [0x1f6fb, 0x1f6fc],
  [0x1f7f0, 0x1f7f0],
  [0x1f90c, 0x1f90c],
  [0x1f972, 0x1f972],
  [0x1f977, 0x1f979],
  [0x1f9a3, 0x1f9a4],
  [0x1f9ab, 0x1f9ad],
  [0x1f9cb, 0x1f9cc],
  [0x1fa74, 0x1fa77],
  [0x1fa7b, 0x1fa7c],
  [0x1fa83, 0x1fa88],
  [0x1fa96, 0x1fabd],
  [0x1fabf, 0x1fac5],
  [0x1face, 0x1fadb],
  [0x1fae0, 0x1fae8],
  [0x1faf0, 0x1faf8],
]
/** Emoji that the add-on takes for wide and Unicode does not. */
const narrow: ReadonlySet<number> = new Set([0x1f93b, 0x1f946])
const WIDE = 0x1f98a
const NARROW = 0x41

/** The character of older tables that takes the columns which this one takes by newer ones; pure. */
export function ofOlderTables(codepoint: number): number {
  // Nearly all that is ever printed.
  if (codepoint < 0x2ffc) return codepoint
  if (narrow.has(codepoint)) return NARROW
  return widened.some(([first, last]) => codepoint >= first && codepoint <= last) ? WIDE : codepoint
}

/**
 * Has the terminal count columns as the machines do.
 * @param onRightToLeft a character of text from right to left was printed
 */
export function countColumns(terminal: Terminal, onRightToLeft: () => void): void {
  const seen: Pick<Terminal, 'unicode'> = {
    unicode: {
      versions: [],
      activeVersion: '',
      register(older: IUnicodeVersionProvider) {
        terminal.unicode.register({
          version: 'machines',
          wcwidth: (codepoint) => older.wcwidth(ofOlderTables(codepoint)),
          charProperties(codepoint, before) {
            if (isRightToLeft(codepoint)) onRightToLeft()
            return older.charProperties(ofOlderTables(codepoint), before)
          },
        })
      },
    },
  }
  // The add-on needs no more of a terminal than where to put its tables.
  new Unicode11Addon().activate(seen as Terminal)
  terminal.unicode.activeVersion = 'machines'
}
