'use client'

import { useTranslations } from 'use-intl/react'
import { CommandBlock } from './command-block.tsx'
import { Stage, StageTitle } from './stage.tsx'

/** Everything but the machines works here: says why, and how to mend it. `reason` is lib/config's sentence. */
export function NoMachinesView({ reason }: { reason: string | null }) {
  const t = useTranslations('noMachines')
  return (
    <Stage>
      <StageTitle title={t('title')}>{t('text')}</StageTitle>
      {reason && (
        <section className="mt-6 max-w-[34rem] border-t border-line pt-4">
          <h3 className="font-semibold">{t('why')}</h3>
          <p className="mt-1 max-w-[34rem] text-base [overflow-wrap:anywhere] whitespace-pre-line">{reason}</p>
        </section>
      )}
      <section className="mt-6 max-w-[34rem] border-t border-line pt-4">
        <h3 className="font-semibold">{t('mend')}</h3>
        <p className="mt-1 mb-3 text-base">{t('doctor')}</p>
        <CommandBlock html="npm run astrolabe -- doctor" host={null} shell />
        <p className="text-base">{t('restart')}</p>
      </section>
    </Stage>
  )
}
