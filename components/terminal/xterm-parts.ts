// What a terminal is made of, fetched as one.
export { FitAddon } from '@xterm/addon-fit'
export { WebLinksAddon } from '@xterm/addon-web-links'
export { Terminal } from '@xterm/xterm'
export { drawRightToLeft } from './draw-right-to-left.ts'
export { countColumns } from './wide-characters.ts'
