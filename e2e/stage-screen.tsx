import '@xterm/xterm/css/xterm.css'
import { openScreen } from '#components/terminal/screen.ts'

/*
 * One terminal's screen in a real browser, with nobody behind it: what is typed is written down, what it shows comes from the test.
 */

export type ScreenStage = {
  /** Everything that would have gone to the machine, as text. */
  typed: string
  copied: string
  print: (text: string) => Promise<void>
  columns: () => number
  focus: () => void
  selectAll: () => void
  selected: () => string
}

const box = document.getElementById('root')
if (box) {
  Object.assign(box.style, { width: '720px', height: '320px' })
  const decoder = new TextDecoder()
  const stage: ScreenStage = {
    typed: '',
    copied: '',
    print: () => Promise.resolve(),
    columns: () => 0,
    focus: () => {},
    selectAll: () => {},
    selected: () => '',
  }
  const screen = await openScreen(box, {
    visible: true,
    fontSize: 13,
    screenReader: false,
    still: true,
    optionIsMeta: new URLSearchParams(window.location.search).has('meta'),
    scrollback: 100,
    gapWords: () => '',
    onInput: (bytes) => {
      stage.typed += decoder.decode(bytes)
    },
    onLeave: () => {},
    copy: (text) => {
      stage.copied = text
    },
    onPaste: () => {},
    onClipboard: () => {},
    onSearch: () => {},
    onFound: () => {},
    onZoom: () => {},
    onTitle: () => {},
    onBell: () => {},
  })
  const encoder = new TextEncoder()
  Object.assign(stage, {
    print: (text: string) => new Promise<void>((done) => screen.write(encoder.encode(text), done, false)),
    columns: () => screen.size().cols,
    focus: () => screen.focus(),
    selectAll: () => screen.selectAll(),
    selected: () => screen.selected(),
  })
  Object.assign(window, { stage })
}
