import type { SearchAddon } from '@xterm/addon-search'
import type { Terminal } from '@xterm/xterm'

/** How often the text is there, and which of them is shown, from 1; 0: none. */
export type Found = { count: number; at: number }

type Find = (text: string, options: { back: boolean; matchCase: boolean; incremental: boolean }) => void

const marks = {
  matchBackground: '#6b5a1e',
  matchOverviewRuler: '#c9a84a',
  activeMatchBackground: '#c9a84a',
  activeMatchColorOverviewRuler: '#ffffff',
}

/** Search in a terminal and what has scrolled away above it. What it takes is fetched when somebody searches. */
export function searchOf(terminal: Terminal, onFound: (found: Found) => void): Find {
  let addon: Promise<SearchAddon> | null = null
  const load = async () => {
    const { SearchAddon } = await import('@xterm/addon-search')
    const search = new SearchAddon()
    terminal.loadAddon(search)
    search.onDidChangeResults(({ resultIndex, resultCount }) => onFound({ count: resultCount, at: resultIndex + 1 }))
    return search
  }
  return (text, { back, matchCase, incremental }) => {
    addon ??= load()
    addon.then(
      (search) => {
        if (text === '') {
          search.clearDecorations()
          return onFound({ count: 0, at: 0 })
        }
        const options = { caseSensitive: matchCase, incremental: incremental && !back, decorations: marks }
        if (back) search.findPrevious(text, options)
        else search.findNext(text, options)
      },
      () => {
        addon = null
      },
    )
  }
}
