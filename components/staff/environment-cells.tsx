'use client'

import { useTranslations } from 'use-intl/react'
import { Status } from '../ui/status.tsx'
import { type ListedEnvironment, statusOf } from './listed-environment.ts'
import { useReason } from './use-reason.ts'

/** Whose it is, and the way to it. */
export function EnvironmentName({ environment: { id, owner } }: { environment: ListedEnvironment }) {
  const t = useTranslations('operator')
  return (
    <a
      href={`/operator/environments/${id}`}
      className="font-medium text-ink underline decoration-line-strong underline-offset-3 hover:decoration-current"
    >
      {owner ?? t('nobody')}
    </a>
  )
}

/** Its state, and why where there is something to say. */
export function EnvironmentState({ environment }: { environment: ListedEnvironment }) {
  const t = useTranslations('phase')
  const word = statusOf(environment)
  const reason = useReason()(environment)
  return (
    <>
      <Status of={word} word={t(word)} className="align-middle text-ink" />
      {reason !== null && <span className="mt-0.5 block max-w-80 text-xs text-pretty text-ink-2 phone:hidden">{reason}</span>}
    </>
  )
}
