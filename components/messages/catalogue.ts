import { en, type Messages } from './en.ts'

const catalogue: Record<string, Messages> = { en }

/**
 * The language a page is shown in: the best of ours for what the launch said.
 * @param wanted BCP 47, e.g. `de-AT`; null where nothing was said
 * @returns a BCP 47 tag for the `lang` attribute, and its messages
 */
export function language(wanted: string | null | undefined): { locale: string; messages: Messages } {
  const exact = wanted?.toLowerCase() ?? ''
  const base = exact.split(/[-_]/)[0] ?? ''
  for (const locale of [exact, base]) {
    const messages = Object.hasOwn(catalogue, locale) ? catalogue[locale] : undefined
    if (messages) return { locale, messages }
  }
  return { locale: 'en', messages: en }
}
