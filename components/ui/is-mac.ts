/** Whether this is a Mac's browser: xterm.js asks the same way. `navigator.platform` is frozen, and stays right on a Mac. */
export function isMac(): boolean {
  return navigator.platform.startsWith('Mac')
}
