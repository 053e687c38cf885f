/** What is to be done with a text that is pasted: `ask` first, since each of its lines would run at once. */
export type Pasting = { kind: 'paste' } | { kind: 'ask'; lines: number } | { kind: 'refuse' }

/** More than this is not taken: a page that holds back more for a machine that is slow would only lose it later. */
export const PASTE_MOST_CHARACTERS = 3 * 1024 * 1024

/**
 * A program that knows what is pasted (bracketed paste, DEC private mode 2004) takes many lines as one text; any other runs each line as if
 * somebody had pressed Enter. Pure.
 */
export function pasting(text: string, isBracketed: boolean): Pasting {
  if (text.length > PASTE_MOST_CHARACTERS) return { kind: 'refuse' }
  const lines = text.replace(/[\r\n]+$/, '').split(/\r\n|\r|\n/).length
  const ends = /[\r\n]$/.test(text)
  return isBracketed || (lines === 1 && !ends) ? { kind: 'paste' } : { kind: 'ask', lines }
}
