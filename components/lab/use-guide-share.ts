'use client'

import { useCallback, useLayoutEffect, useState } from 'react'

const keyOf = (labId: string) => `astrolabe.guide.${labId}`
const LEAST = 0.15
const MOST = 0.7

/** How much of the page's width the guide was given in this lab, 0 to 1; null: what the page thinks best. */
export function useGuideShare(labId: string): [number | null, (share: number) => void] {
  const [share, setShare] = useState<number | null>(null)
  useLayoutEffect(() => setShare(recall(labId)), [labId])
  const change = useCallback(
    (next: number) => {
      const kept = Math.min(MOST, Math.max(LEAST, next))
      setShare(kept)
      try {
        window.localStorage.setItem(keyOf(labId), String(kept))
      } catch {
        // Not kept here.
      }
    },
    [labId],
  )
  return [share, change]
}

function recall(labId: string): number | null {
  try {
    const share = Number(window.localStorage.getItem(keyOf(labId)) ?? Number.NaN)
    return share >= LEAST && share <= MOST ? share : null
  } catch {
    return null
  }
}
