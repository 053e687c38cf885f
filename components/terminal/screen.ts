import type { Terminal } from '@xterm/xterm'
import type { Size } from '#lib/terminal/protocol.ts'
import { breathe, createTurns } from './breathe.ts'
import { readClipboardRequest } from './clipboard-request.ts'
import { copiedText } from './copied-text.ts'
import { createDrawing } from './drawing.ts'
import { firstLook } from './first-look.ts'
import { ALTERNATE_SCREEN, gapText } from './gap.ts'
import { drawByGraphics } from './graphics.ts'
import { holdScrollbar } from './hold-scrollbar.ts'
import { leaveUnanswered } from './old-output.ts'
import { type Found, searchOf } from './search.ts'
import { readTheme } from './theme.ts'

/** 13/19 px as the tokens say: xterm.js counts from the font's own height, which is 17 px at 13. */
const LINE_HEIGHT = 1.12
const FONT = '"JetBrains Mono Variable", ui-monospace, monospace'
export type ScreenOptions = {
  /** Whether it is in sight. */
  visible: boolean
  fontSize: number
  screenReader: boolean
  still: boolean
  /** On a Mac: Option is the programs' Meta key, and types no characters of its own. */
  optionIsMeta: boolean
  /** Lines that have scrolled away and are kept. */
  scrollback: number
  /** What is said where output is missing, on a line of its own. */
  gapWords: () => string
  onInput: (bytes: Uint8Array) => void
  /** The person asks to leave by the next Tab. */
  onLeave: () => void
  copy: (text: string) => void
  /** The person pastes: `bracketed` says whether the program in the terminal can tell that from typing. */
  onPaste: (text: string, bracketed: boolean) => void
  /** A program wants this on the clipboard. */
  onClipboard: (text: string) => void
  /** The person asks for the search line. */
  onSearch: () => void
  onFound: (found: Found) => void
  /** Larger (1) or smaller (-1) letters, or as they were at first (0). */
  onZoom: (by: -1 | 0 | 1) => void
  /** What a program calls itself (OSC 0 and 2); '' again when it takes that back. */
  onTitle: (title: string) => void
  onBell: () => void
}

export type Screen = {
  /** The size that fills the box, or null while the box is not in sight. */
  propose(): Size | null
  size(): Size
  /** Lines that are kept, those in sight among them. */
  keeps(): number
  fit(size: Size): void
  /**
   * @param old it was printed before: what it asks of a terminal is not answered again
   * @param sight a new screen may show what follows this index first; 0: there is no such place
   */
  write(bytes: Uint8Array, drawn: () => void, old: boolean, sight?: number): void
  gap(): void
  alternate(): void
  paint(): void
  set(options: Pick<ScreenOptions, 'fontSize' | 'screenReader' | 'still' | 'scrollback' | 'optionIsMeta'>): void
  focus(): void
  /** Types a text as a paste. */
  paste(text: string): void
  /** The same for a text that was not asked about yet. */
  offer(text: string): void
  /** Presses Enter. */
  enter(): void
  /** Whether the program asked for cursor keys in their application form. */
  readonly applicationKeys: boolean
  /** Looks for a text, in what is above too; '' forgets the last one. */
  find(text: string, options: { back: boolean; matchCase: boolean; incremental: boolean }): void
  /** What is selected, as it is copied; '' where nothing is. */
  selected(): string
  selectAll(): void
  /** Forgets what has scrolled away. */
  clear(): void
  /** Whether the program in the terminal wants the mouse for itself. */
  readonly takesMouse: boolean
  readonly empty: boolean
  close(): void
}

/**
 * An xterm.js terminal inside `box`. It is fetched when the first one is opened: it is half of the page's code. Several are opened one
 * after the other, what is in sight first, each in pieces.
 */
export async function openScreen(box: HTMLElement, options: ScreenOptions): Promise<Screen> {
  const [parts] = await Promise.all([
    import('./xterm-parts.ts'),
    // Measured with the wrong font, every character would stand in the wrong place.
    document.fonts.load(`${options.fontSize}px ${FONT}`).catch(() => []),
  ])
  return turns.take(() => open(box, options, parts), options.visible)
}

const turns = createTurns()

async function open(box: HTMLElement, options: ScreenOptions, parts: typeof import('./xterm-parts.ts')): Promise<Screen> {
  const { Terminal, FitAddon, WebLinksAddon, countColumns, drawRightToLeft } = parts
  await breathe()
  const theme = readTheme(box)
  await breathe()
  const terminal = new Terminal({
    fontFamily: FONT,
    fontSize: options.fontSize,
    lineHeight: LINE_HEIGHT,
    fontWeightBold: 600,
    drawBoldTextInBrightColors: false,
    minimumContrastRatio: 4.5,
    scrollback: options.scrollback,
    cursorBlink: !options.still,
    cursorInactiveStyle: 'outline',
    macOptionIsMeta: options.optionIsMeta,
    // Elsewhere Shift selects where a program takes the mouse for itself.
    macOptionClickForcesSelection: true,
    screenReaderMode: options.screenReader,
    theme,
    linkHandler: {
      activate: openLink,
      // A link's words may say anything: where it leads is shown too.
      hover: (_, address) => box.setAttribute('title', address),
      leave: () => box.removeAttribute('title'),
    },
    // What `unicode` is behind, and nothing else.
    allowProposedApi: true,
  })
  const fitting = new FitAddon()
  terminal.loadAddon(fitting)
  terminal.loadAddon(new WebLinksAddon(openLink))
  const rightToLeft = drawRightToLeft(terminal)
  countColumns(terminal, rightToLeft.noticed)
  await breathe()
  terminal.open(box)
  drawByGraphics(terminal, rightToLeft.byGraphics)
  let isClosed = false
  const drawing = createDrawing(terminal, holdScrollbar(terminal), (draw, rest) => firstLook(draw, () => isClosed || rest()))
  leaveUnanswered(terminal.parser, drawing.isOld)
  const search = searchOf(terminal, options.onFound)
  terminal.parser.registerOscHandler(52, (data) => {
    const text = readClipboardRequest(data)
    if (text !== null && !drawing.isOld()) options.onClipboard(text)
    return true
  })
  watchPaste(terminal, box, options)
  watchCopy(terminal, box)
  terminal.onTitleChange(options.onTitle)
  // What rang before this window came is no news.
  terminal.onBell(() => !drawing.isOld() && options.onBell())
  const encoder = new TextEncoder()
  terminal.onData((text) => options.onInput(encoder.encode(text)))
  // Mouse reports in the old form are bytes, not text.
  terminal.onBinary((text) => options.onInput(Uint8Array.from(text, (letter) => letter.charCodeAt(0))))
  handleKeys(terminal, options)
  let empty = true
  return {
    propose() {
      if (box.clientWidth < 40 || box.clientHeight < 20) return null
      const size = fitting.proposeDimensions()
      return size && Number.isFinite(size.cols) && Number.isFinite(size.rows)
        ? { cols: Math.min(500, Math.max(2, size.cols)), rows: Math.min(300, Math.max(1, size.rows)) }
        : null
    },
    size: () => ({ cols: terminal.cols, rows: terminal.rows }),
    keeps: () => (terminal.options.scrollback ?? 0) + terminal.rows,
    fit({ cols, rows }) {
      if (cols !== terminal.cols || rows !== terminal.rows) terminal.resize(cols, rows)
    },
    write(bytes, drawn, old, sight = 0) {
      // What is read out is read once.
      const shownFirst = empty && !terminal.options.screenReaderMode ? sight : 0
      empty = false
      drawing.write(bytes, drawn, old, shownFirst)
    },
    gap() {
      if (!empty) drawing.say(gapText(terminal.rows, options.gapWords()))
    },
    alternate: () => drawing.say(ALTERNATE_SCREEN),
    paint: () => {
      terminal.options.theme = readTheme(box)
    },
    set({ fontSize, screenReader, still, scrollback, optionIsMeta }) {
      Object.assign(terminal.options, {
        fontSize,
        screenReaderMode: screenReader,
        cursorBlink: !still,
        scrollback,
        macOptionIsMeta: optionIsMeta,
      })
    },
    focus: () => terminal.focus(),
    paste: (text) => terminal.paste(text),
    offer: (text) => options.onPaste(text, terminal.modes.bracketedPasteMode),
    enter: () => terminal.input('\r'),
    get applicationKeys() {
      return terminal.modes.applicationCursorKeysMode
    },
    find: search,
    selected: () => copiedText(terminal.getSelection()),
    selectAll: () => terminal.selectAll(),
    // What is in sight stays: a full-screen program would not paint it again. CSI 3 J, xterm's control sequences.
    clear: () => drawing.say('\x1b[3J'),
    get takesMouse() {
      return terminal.modes.mouseTrackingMode !== 'none'
    },
    get empty() {
      return empty
    },
    close() {
      isClosed = true
      terminal.dispose()
    },
  }
}

const ZOOM_KEYS: Record<string, -1 | 0 | 1 | undefined> = { '+': 1, '=': 1, '-': -1, '0': 0 }

/** Ctrl Shift C copies, Ctrl Shift F searches, Ctrl Shift V is left to the browser's paste, Ctrl Shift Esc lets the next Tab leave the terminal. */
function handleKeys(terminal: Terminal, options: ScreenOptions): void {
  let leaving = false
  terminal.attachCustomKeyEventHandler((event) => {
    if (event.key === 'Tab' && leaving) return false
    if (event.type !== 'keydown') return true
    const zoom = event.ctrlKey && !event.altKey && !event.metaKey ? ZOOM_KEYS[event.key] : undefined
    if (zoom !== undefined) {
      // The browser would make the whole page larger.
      event.preventDefault()
      options.onZoom(zoom)
      return false
    }
    const chord = event.ctrlKey && event.shiftKey && !event.altKey
    if (chord && event.key === 'Escape') {
      leaving = true
      options.onLeave()
      return false
    }
    // The modifiers of the chord itself are released and pressed in between.
    if (!['Shift', 'Control', 'Alt', 'Meta'].includes(event.key)) leaving = false
    if (chord && event.code === 'KeyC') {
      event.preventDefault()
      if (terminal.hasSelection()) options.copy(copiedText(terminal.getSelection()))
      terminal.focus()
      return false
    }
    if (chord && event.code === 'KeyF') {
      event.preventDefault()
      options.onSearch()
      return false
    }
    return !(chord && event.code === 'KeyV')
  })
  terminal.textarea?.addEventListener('blur', () => {
    leaving = false
  })
}

/** Pasting goes by way of whoever may ask first; xterm.js would do it at once. */
function watchPaste(terminal: Terminal, box: HTMLElement, options: ScreenOptions): void {
  box.addEventListener(
    'paste',
    (event) => {
      event.preventDefault()
      event.stopPropagation()
      const text = event.clipboardData?.getData('text/plain') ?? ''
      if (text !== '') options.onPaste(text, terminal.modes.bracketedPasteMode)
    },
    { capture: true },
  )
}

/** The browser's own copy, by its menu or keys: the same text as ours. */
function watchCopy(terminal: Terminal, box: HTMLElement): void {
  box.addEventListener(
    'copy',
    (event) => {
      if (!terminal.hasSelection()) return
      event.clipboardData?.setData('text/plain', copiedText(terminal.getSelection()))
      event.preventDefault()
      event.stopPropagation()
    },
    { capture: true },
  )
}

function openLink(event: MouseEvent, address: string): void {
  event.preventDefault()
  // Programs print what they like: only the web is followed.
  if (/^https?:\/\//i.test(address)) window.open(address, '_blank', 'noopener,noreferrer')
}
