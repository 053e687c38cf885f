import type { IParser } from '@xterm/xterm'

/** Whatever a terminal answers by itself (ECMA-48 DA, DSR; xterm's control sequences for modes, settings and colours). */
const questions = [
  { final: 'c' },
  { prefix: '>', final: 'c' },
  { prefix: '=', final: 'c' },
  { final: 'n' },
  { prefix: '?', final: 'n' },
  { intermediates: '$', final: 'p' },
  { prefix: '?', intermediates: '$', final: 'p' },
  { final: 't' },
]
const colours = [4, 10, 11, 12]

/**
 * Output that a late window is shown was printed before, and what programs asked in it has been answered: a second answer would be typed
 * into whatever runs now.
 * @param isOld whether such output is being drawn
 */
export function leaveUnanswered(parser: IParser, isOld: () => boolean): void {
  for (const question of questions) parser.registerCsiHandler(question, isOld)
  parser.registerDcsHandler({ intermediates: '$', final: 'q' }, isOld)
  for (const colour of colours) parser.registerOscHandler(colour, (data) => isOld() && data.endsWith('?'))
}
