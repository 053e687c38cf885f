/*
 * A terminal answers by itself when a program asks it something (ECMA-48, and xterm's control sequences): what comes of that is input,
 * but nobody's use of the machine. A program that asks all the time must not keep it awake.
 */

const ESCAPE = 0x1b

/** With visible signs for ESC and BEL. */
const answers = [
  // Device attributes and status, cursor position, modes, window size: CSI ... c, n, R, $y, t.
  /^␛\[[?>=]?[\d;]*(?:c|n|R|\$y|t)/,
  // The page's own coming and going: CSI I, CSI O.
  /^␛\[[IO]/,
  // Colours and the like: OSC ... BEL or ST; DCS ... ST.
  /^␛\][\d;][^␇␛]*(?:␇|␛\\)/,
  /^␛P[^␛]*␛\\/,
]

/** Whether a person typed this, or moved or pressed the mouse: anything in it that a terminal does not say by itself; pure. */
export function isTyped(bytes: Uint8Array): boolean {
  // Every answer begins with ESC, nearly no key does.
  if (bytes[0] !== ESCAPE) return bytes.length > 0
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  let rest = text.replaceAll('\x1b', '␛').replaceAll('\x07', '␇')
  while (rest !== '') {
    const found = answers.map((answer) => answer.exec(rest)?.[0]).find((one) => one !== undefined)
    if (found === undefined) return true
    rest = rest.slice(found.length)
  }
  return false
}
