'use client'

import { useTranslations } from 'use-intl/react'
import { spokenDuration } from './duration.ts'

/** Says lengths of time, in milliseconds, as people do. */
export function useSaid(): (ms: number) => string {
  const t = useTranslations('time')
  return (ms) => {
    const { key, values } = spokenDuration(ms)
    return t(key, values)
  }
}
