export const OPEN = '⟦'
export const CLOSE = '⟧'

/** The messages of a language, each in brackets and longer; arguments, tags and plurals stay what they are. Pure. */
export function pseudo(messages: unknown): unknown {
  if (typeof messages !== 'string') {
    return Object.fromEntries(Object.entries(messages as Record<string, unknown>).map(([key, value]) => [key, pseudo(value)]))
  }
  const letters = messages.replaceAll(/\{[^{}]*\}|<[^>]*>/g, '').length
  // In pieces, as words are: one long word would be another trial.
  const more = '~~~ '.repeat(Math.ceil((letters * 0.4) / 4)).trim()
  return `${OPEN}${messages}${more === '' ? '' : ` ${more}`}${CLOSE}`
}
