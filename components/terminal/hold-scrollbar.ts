import type { Terminal } from '@xterm/xterm'

/** What xterm.js 6 calls the part that moves its scroll bar; where a later one calls it something else, nothing is held. */
type Inside = { _core?: { _viewport?: { _sync?: (line?: number) => void } } }

/**
 * xterm.js moves its scroll bar with every line that scrolls away. Of thousands of lines that were printed before a window came that is
 * most of the work, and only the last move is ever seen.
 * @returns holds the scroll bar (true), or lets it go to where it belongs (false)
 */
export function holdScrollbar(terminal: Terminal): (isHeld: boolean) => void {
  const viewport = (terminal as unknown as Inside)._core?._viewport
  const move = viewport?._sync?.bind(viewport)
  if (!viewport || !move) return () => {}
  let held = false
  viewport._sync = (line) => {
    if (!held) move(line)
  }
  return (isHeld) => {
    held = isHeld
    if (!isHeld) move()
  }
}
