/** A program's wish may not be larger than what a person would copy by hand. */
const MOST_CHARACTERS = 1024 * 1024

/**
 * The text that a program wants on the clipboard (OSC 52, xterm's control sequences: `52;c;BASE64`). Null: it asks to read it, which is
 * never answered, or the text is none. Pure.
 * @param data what stands between `52;` and the end
 */
export function readClipboardRequest(data: string): string | null {
  const found = /^[cpqs0-7]*;([A-Za-z0-9+/]*={0,2})$/.exec(data)
  const encoded = found?.[1]
  if (!encoded || encoded.length > (MOST_CHARACTERS * 4) / 3) return null
  try {
    const bytes = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0))
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}
