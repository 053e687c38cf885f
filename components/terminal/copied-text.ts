/**
 * A selection as it goes to the clipboard: without the blanks that only fill the rest of a screen's lines. Pure.
 */
export function copiedText(selection: string): string {
  return selection.replaceAll(/[ \u00a0\t]+$/gm, '')
}
