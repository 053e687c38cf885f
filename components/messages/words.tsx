'use client'

import type { ReactNode } from 'react'
import { IntlProvider } from 'use-intl/react'
import { language } from './catalogue.ts'

/** Gives every component below it the words of one language. */
export function Words({ locale, children }: { locale: string; children: ReactNode }) {
  const { messages } = language(locale)
  return (
    <IntlProvider locale={locale} messages={messages} timeZone="UTC">
      {children}
    </IntlProvider>
  )
}
