import { useEffect, useMemo, useState } from 'react'
import { type Guide, type GuideStep, stepFromHash } from './guide-step.ts'
import { keepLanguage, keepStep, keepVisited, recallLanguage, recallStep, recallVisited } from './kept-step.ts'

const none: Guide = { language: 'en', name: '', steps: [] }

/**
 * Which guide and which step are shown. The step is kept in the address, so that a reload comes back to it, and in this browser, so that
 * a later visit does; the language somebody chose is kept in this browser.
 */
export function useGuide(labId: string, guides: readonly Guide[]) {
  const [chosen, setChosen] = useState<string | null>(null)
  useEffect(() => setChosen(recallLanguage(labId)), [labId])
  const guide = guides.find(({ language }) => language === chosen) ?? guides[0] ?? none
  const { at, go, anchor } = useStep(labId, guide.steps)
  const visited = useVisited(labId, guide.steps[at]?.id)
  return {
    guide,
    at,
    go,
    visited,
    /** The id of what the address names within the step, if it names anything. */
    anchor,
    choose: (language: string) => {
      setChosen(language)
      keepLanguage(labId, language)
    },
  }
}

function useStep(labId: string, steps: readonly GuideStep[]) {
  const ids = steps.map(({ id }) => id).join(' ')
  const known = useMemo(() => (ids === '' ? [] : ids.split(' ').map((id) => ({ id }))), [ids])
  const [at, setAt] = useState(0)
  const [anchor, setAnchor] = useState<string | null>(null)
  useEffect(() => {
    const follow = () => {
      const { hash } = window.location
      const step = stepFromHash(hash, known)
      setAt((before) => step ?? before)
      setAnchor(step !== null && hash.startsWith('#guide-') ? hash.slice(1) : null)
      return step
    }
    if (follow() === null) setAt((before) => recallStep(labId, known.length) ?? before)
    window.addEventListener('hashchange', follow)
    return () => window.removeEventListener('hashchange', follow)
  }, [labId, known])
  const go = (to: number) => {
    if (to < 0 || to >= known.length) return
    setAt(to)
    setAnchor(null)
    keepStep(labId, to)
    window.history.replaceState(window.history.state, '', `#step-${to + 1}`)
  }
  return { at, go, anchor }
}

function useVisited(labId: string, shown: string | undefined): readonly string[] {
  const [visited, setVisited] = useState<string[]>([])
  useEffect(() => setVisited(shown === undefined ? recallVisited(labId) : keepVisited(labId, shown)), [labId, shown])
  return visited
}
