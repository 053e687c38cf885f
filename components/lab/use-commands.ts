'use client'

import { useCallback, useEffect, useState } from 'react'
import { useTranslations } from 'use-intl/react'
import type { EnvironmentView, OwnerAction } from '#lib/environments/phase.ts'
import { postJson } from '../ui/post-json.ts'

/**
 * What the owner may ask for. An order counts as under way until the view says something new: the page changes by what is
 * pushed, never by what it hopes.
 */
export function useCommands(launchId: string, view: EnvironmentView | null) {
  const t = useTranslations('connection')
  const [asking, setAsking] = useState<OwnerAction | null>(null)
  const [failure, setFailure] = useState<string | null>(null)
  const told = `${view?.generation}/${view?.phase}/${view?.phaseAt}`
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is new in the view ends the asking
  useEffect(() => setAsking(null), [told])
  const ask = useCallback(
    async (action: OwnerAction): Promise<boolean> => {
      setAsking(action)
      setFailure(null)
      const answer = await postJson(`/l/${launchId}/${action}`, { generation: view?.generation ?? null })
      if (answer.ok) return true
      setAsking(null)
      setFailure(t('failed', { sentence: answer.sentence ?? t('network') }))
      return false
    },
    [launchId, view?.generation, t],
  )
  return { asking, failure, ask, forget: () => setFailure(null) }
}
