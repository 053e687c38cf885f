import { createTranslator } from 'use-intl/core'
import { language } from './catalogue.ts'

/** The words of one language for a page that is rendered on the server, and which language that is. */
export function words(wanted?: string | null) {
  const { locale, messages } = language(wanted)
  return { locale, t: createTranslator({ locale, messages, timeZone: 'UTC' }) }
}
