'use client'

import { useTranslations } from 'use-intl/react'
import type { ListedEnvironment } from './listed-environment.ts'

/** Reasons that mean something else to staff than to the owner of the machines. */
const said = [
  'environment.lost',
  'environment.create_failed',
  'environment.not_signalled',
  'environment.hosts_missing',
  'environment.unreachable',
  'environment.suspend_failed',
  'environment.resume_failed',
  'environment.clock_wrong',
  'cloud.unavailable',
  'cloud.auth_failed',
  'cloud.refused',
  'cloud.quota_exceeded',
  'cloud.not_configured',
  'cloud.no_machines',
] as const

/** Why an environment is as it is, in words for those who run it; null where nothing needs a reason. */
export function useReason(): (about: Pick<ListedEnvironment, 'reasonCode' | 'reason'>) => string | null {
  const t = useTranslations('operator.why')
  return ({ reasonCode, reason }) => {
    const code = said.find((known) => known === reasonCode)
    return code === undefined ? reason : t(code)
  }
}
