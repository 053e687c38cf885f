'use client'

import { useCallback, useEffect, useState } from 'react'
import { useTranslations } from 'use-intl/react'
import type { EnvironmentView, OwnerAction } from '#lib/environments/phase.ts'
import { postJson } from '../ui/post-json.ts'

export type Commands = {
  /** What was asked for and has not begun. */
  asking: OwnerAction | null
  /** Why the last thing was not done, as a sentence. */
  failure: string | null
  /** @returns whether it was taken */
  ask: (action: OwnerAction) => Promise<boolean>
  /** Shows why something else was not done; '' where nobody answered. */
  tell: (sentence: string | null) => void
  forget: () => void
}

/**
 * What the owner may ask for. An order counts as under way until the view says something new: the page changes by what is
 * pushed, never by what it hopes.
 */
export function useCommands(launchId: string, view: EnvironmentView | null): Commands {
  const t = useTranslations('connection')
  const [asking, setAsking] = useState<OwnerAction | null>(null)
  const [failure, setFailure] = useState<string | null>(null)
  const told = `${view?.generation}/${view?.phase}/${view?.phaseAt}/${view?.deadline?.extend?.left}/${view?.deadline?.at}`
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is new in the view ends the asking
  useEffect(() => setAsking(null), [told])
  const ask = useCallback(
    async (action: OwnerAction): Promise<boolean> => {
      if (asking !== null) return false
      setAsking(action)
      setFailure(null)
      const answer = await postJson(`/l/${launchId}/${action}`, action === 'reset' ? { generation: view?.generation } : {})
      if (answer.ok) return true
      setAsking(null)
      setFailure(t('failed', { sentence: answer.sentence ?? t('network') }))
      return false
    },
    [launchId, view?.generation, asking, t],
  )
  const tell = useCallback(
    (sentence: string | null) => setFailure(sentence === null ? null : t('failed', { sentence: sentence || t('network') })),
    [t],
  )
  return { asking, failure, ask, tell, forget: () => setFailure(null) }
}
