import { preload } from 'react-dom'

const files = {
  text: new URL('@fontsource-variable/inter/files/inter-latin-wght-normal.woff2', import.meta.url),
  code: new URL('@fontsource-variable/jetbrains-mono/files/jetbrains-mono-latin-wght-normal.woff2', import.meta.url),
}

/** Has a font asked for with the page itself: what is painted before it comes moves when it does. To be called while a page is made. */
export function preloadFont(name: keyof typeof files): void {
  preload(files[name].pathname, { as: 'font', type: 'font/woff2', crossOrigin: 'anonymous' })
}
