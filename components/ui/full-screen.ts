/*
 * The whole screen for this page (Fullscreen API), with Escape left to the programs in its terminals where a browser can do that: by
 * what Fullscreen calls a keyboard lock, else by the older Keyboard Lock API (WICG), which a page in a frame may not use.
 */

/** Whether this browser lets this page have the screen: a frame needs its page's permission. */
export function mayFillScreen(): boolean {
  return document.fullscreenEnabled === true
}

/** Whether the page has it now. */
export function fillsScreen(): boolean {
  return document.fullscreenElement === document.documentElement
}

/** @returns stops telling */
export function onScreenFilled(changed: () => void): () => void {
  document.addEventListener('fullscreenchange', changed)
  return () => document.removeEventListener('fullscreenchange', changed)
}

/**
 * Takes the screen; to be called while a click or a key is being handled.
 * @returns whether Escape goes to the page meanwhile, and only a long press of it leaves
 * @throws where the browser does not allow it now
 */
export async function fillScreen(): Promise<boolean> {
  let isLockKnown = false
  const options: FullscreenOptions & { keyboardLock: string } = {
    navigationUI: 'hide',
    // Only a browser that knows of it asks for it.
    get keyboardLock() {
      isLockKnown = true
      return 'browser'
    },
  }
  await document.documentElement.requestFullscreen(options)
  if (isLockKnown) return true
  const keyboard = keyboardLock()
  if (!keyboard) return false
  return keyboard.lock(['Escape']).then(
    () => true,
    () => false,
  )
}

/** Gives the screen back, if the page has it. */
export async function leaveScreen(): Promise<void> {
  keyboardLock()?.unlock()
  if (document.fullscreenElement) await document.exitFullscreen()
}

type KeyboardLock = { lock(codes: string[]): Promise<void>; unlock(): void }

function keyboardLock(): KeyboardLock | null {
  if (!('keyboard' in navigator)) return null
  const { keyboard } = navigator
  return typeof keyboard === 'object' && keyboard !== null && 'lock' in keyboard ? (keyboard as KeyboardLock) : null
}
