import type { Terminal } from '@xterm/xterm'

/**
 * Draws by the graphics card where there is one: a flood then costs the page a fraction. Without one, or when the browser takes it away,
 * the terminal is drawn by the page's own means, as it also is for screen readers.
 */
export function drawByGraphics(terminal: Terminal): void {
  if (terminal.options.screenReaderMode || !hasGraphicsCard()) return
  const load = async () => {
    const { WebglAddon } = await import('@xterm/addon-webgl')
    const graphics = new WebglAddon()
    graphics.onContextLoss(() => graphics.dispose())
    terminal.loadAddon(graphics)
  }
  // Whatever goes wrong with it, the terminal is there without it.
  load().catch(() => {})
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
