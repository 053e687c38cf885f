'use client'

import { useTranslations } from 'use-intl/react'
import { Button } from '../ui/button.tsx'
import { askFields, type BulkAsk, isErasing, spareChoices } from './bulk-address.ts'
import { HiddenFields, SelectBox } from './field.tsx'
import { filterFields } from './list-filter.ts'
import { useSpoken } from './when.tsx'

/** Who is left alone, and when a deletion begins: whatever is chosen, what would happen is looked at again first. */
export function BulkOptions({ ask, sparedTouched }: { ask: BulkAsk; sparedTouched: number }) {
  const t = useTranslations('operator.bulk')
  const spoken = useSpoken()
  if (ask.action === 'wake' || ask.action === 'undelete') return null
  const offersTouched = isErasing(ask) && (ask.touched || sparedTouched > 0)
  return (
    <form method="get" action="/operator/bulk" className="mt-4 max-w-[42rem]">
      <HiddenFields fields={[...filterFields(ask.filter), ['do', askFields(ask).do ?? ask.action]]} />
      <fieldset className="grid gap-y-2.5 rounded-md bg-sunken px-3.5 py-3 shadow-[inset_0_0_0_1px_var(--color-line)]">
        <legend className="sr-only">{t('options')}</legend>
        <div className="flex flex-wrap items-center gap-x-2.5 gap-y-1.5">
          <label htmlFor="spare">{t('spare')}</label>
          <span className="w-76 max-w-full">
            <SelectBox id="spare" name="spare" defaultValue={ask.spareMinutes}>
              {spareChoices.map((minutes) => (
                <option key={minutes} value={minutes}>
                  {minutes === 0 ? t('spareNone') : t('spareWithin', { time: spoken(minutes * 60_000) })}
                </option>
              ))}
            </SelectBox>
          </span>
        </div>
        {offersTouched && (
          <label className="flex min-h-6 items-center gap-2.5 pointer-coarse:min-h-10">
            <input type="checkbox" name="touched" value="yes" defaultChecked={ask.touched} className="size-4 accent-accent" />
            {t('includeTouched', { n: ask.touched ? 0 : sparedTouched })}
          </label>
        )}
        {ask.action === 'delete' && (
          <fieldset className="flex flex-wrap gap-x-5">
            <legend className="sr-only">{t('when')}</legend>
            {(['later', 'now'] as const).map((when) => (
              <label key={when} className="flex min-h-6 items-center gap-2.5 pointer-coarse:min-h-10">
                <input type="radio" name="when" value={when} defaultChecked={when === ask.when} className="size-4 accent-accent" />
                {t(when)}
              </label>
            ))}
          </fieldset>
        )}
        <div>
          <Button size="sm" type="submit">
            {t('again')}
          </Button>
        </div>
      </fieldset>
    </form>
  )
}
