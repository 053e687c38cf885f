const LETTER = '\\u0590-\\u08ff\\ufb1d-\\ufdff\\ufe70-\\ufefc'
// One space, numbers and the marks of a sentence go on with a run, and so does a quote within a word. Other quotes stand around an argument
// of a command; two spaces, the line of a box, a slash or a bar begin another column.
const WITHIN = `[${LETTER}\\p{Nd}.,:;!?()%-]| (?! )|(?<=[${LETTER}])["'](?=[${LETTER}])`
const RUN = new RegExp(`[${LETTER}](?:(?:${WITHIN})*[${LETTER}\\p{Nd}])?`, 'gu')
const CURSIVE = /[\u0600-\u08ff\ufb50-\ufdff\ufe70-\ufefc]/

/** Whether a character belongs to text from right to left; pure. Asked for every character that is printed. */
export function isRightToLeft(codepoint: number): boolean {
  return (
    codepoint >= 0x590 &&
    (codepoint <= 0x8ff || (codepoint >= 0xfb1d && codepoint <= 0xfdff) || (codepoint >= 0xfe70 && codepoint <= 0xfefc))
  )
}

/**
 * Where runs of text from right to left begin and end in a line from left to right, in UTF-16 units, the end not included; pure. Between
 * and after its letters a run has what UAX #9 would order with them, but never what divides columns, the quoted arguments of
 * a command or the parts of a path. A lone letter is no run.
 */
export function rightToLeftRuns(text: string): [start: number, end: number][] {
  return [...text.matchAll(RUN)]
    .map(({ index, 0: run }): [number, number] => [index, index + run.length])
    .filter(([start, end]) => end - start > 1)
}

/** Whether letters of it are joined to each other; pure. */
export const isCursive = (run: string): boolean => CURSIVE.test(run)

/** How many cells a run takes: a mark upon a letter takes none; pure. */
export const cellsOf = (run: string): number => run.replace(/\p{Mn}/gu, '').length
