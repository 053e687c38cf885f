import type { Terminal } from '@xterm/xterm'

const drawn = new Set<Terminal>()

/**
 * Draws by the graphics card where there is one: a flood then costs the page a fraction. Without one, or when the browser takes it away,
 * the terminal is drawn by the page's own means, as it also is for screen readers.
 * @param onChange from now on the terminal is drawn by the card, or not any more
 */
export function drawByGraphics(terminal: Terminal, onChange: (isActive: boolean) => void): void {
  if (terminal.options.screenReaderMode || !hasGraphicsCard()) return
  const load = async () => {
    const { WebglAddon } = await import('@xterm/addon-webgl')
    const graphics = new WebglAddon()
    graphics.onContextLoss(() => {
      graphics.dispose()
      drawn.delete(terminal)
      onChange(false)
    })
    terminal.loadAddon(graphics)
    terminal.loadAddon({ activate: () => drawn.add(terminal), dispose: () => drawn.delete(terminal) })
    onChange(true)
  }
  // Whatever goes wrong with it, the terminal is there without it.
  load().catch(() => {})
}

/** Has what was drawn for the card drawn anew as it is needed. Terminals of one look share it: to clear it for one would leave the others without. */
export function forgetGlyphs(): void {
  for (const terminal of drawn) terminal.clearTextureAtlas()
}

/** Whether the browser draws by a card: where it only plays one, that is slower than no card. */
function hasGraphicsCard(): boolean {
  try {
    const context = document.createElement('canvas').getContext('webgl2')
    if (!context) return false
    const details = context.getExtension('WEBGL_debug_renderer_info')
    const name = String(context.getParameter(details ? details.UNMASKED_RENDERER_WEBGL : context.RENDERER))
    context.getExtension('WEBGL_lose_context')?.loseContext()
    return !/swiftshader|llvmpipe|software|basic render/i.test(name)
  } catch {
    return false
  }
}
