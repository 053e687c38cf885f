import { createTranslator } from 'use-intl/core'
import { language } from './catalogue.ts'
import type { Messages } from './en.ts'

/** The words of one language for a page that is rendered on the server. */
export function words(locale?: string | null) {
  const { locale: chosen, messages } = language(locale)
  return createTranslator<Messages>({ locale: chosen, messages, timeZone: 'UTC' })
}

/** What `words` gives: `t('guide.next', { title })`. */
export type Translator = ReturnType<typeof words>
