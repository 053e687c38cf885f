import '@fontsource-variable/inter/wght.css'
import '@fontsource-variable/jetbrains-mono/wght.css'
import './globals.css'
import type { Metadata, Viewport } from 'next'
import type { ReactNode } from 'react'
import { Words } from '#components/messages/words.tsx'
import { preloadFont } from './fonts.ts'

export const metadata: Metadata = { robots: { index: false, follow: false }, referrer: 'same-origin' }

export const viewport: Viewport = {
  width: 'device-width',
  initialScale: 1,
  colorScheme: 'light dark',
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#fcfcfb' },
    { media: '(prefers-color-scheme: dark)', color: '#12171d' },
  ],
}

/** Only what every page has. A page whose launch names another language sets its own words inside. */
export default function RootLayout({ children }: { children: ReactNode }) {
  preloadFont('text')
  return (
    <html lang="en">
      <body>
        <Words locale="en">{children}</Words>
      </body>
    </html>
  )
}
