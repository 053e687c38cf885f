'use client'

import { useTranslations } from 'use-intl/react'
import { Button, buttonClass } from '../ui/button.tsx'
import { type BulkAsk, bulkAddress, isErasing } from './bulk-address.ts'
import type { BulkPreviewProps } from './bulk-preview.tsx'
import { Field, HiddenFields, TextBox } from './field.tsx'

/** What cannot be undone takes more than a click. */
function isFinal({ action, when }: BulkAsk): boolean {
  return action === 'reset' || (action === 'delete' && when === 'now')
}

/** Does what was shown, and nothing else: the digest stands for it. */
export function ConfirmBulk({ ask, changes, digest, back }: BulkPreviewProps & { back: string }) {
  const t = useTranslations('operator.bulk')
  const n = changes.length
  const erases = isErasing(ask)
  const fields = [
    ['order', bulkAddress(ask).split('?')[1] ?? ''],
    ['digest', digest],
  ] as const
  return (
    <form method="post" action="/operator/bulk/run" className="mt-4">
      <HiddenFields fields={fields} />
      <div className="grid max-w-[42rem] grid-cols-[minmax(0,1fr)_auto] items-end gap-2.5 phone:grid-cols-1">
        {ask.action !== 'undelete' && (
          <Field label={t(erases ? 'reason' : 'reasonOptional')} id="reason">
            <TextBox id="reason" name="reason" required={erases} maxLength={500} />
          </Field>
        )}
        {isFinal(ask) && (
          <Field label={t('sure', { n })} id="sure">
            <TextBox id="sure" inputMode="numeric" required pattern={String(n)} title={t('sure', { n })} />
          </Field>
        )}
      </div>
      <div className="mt-3 flex flex-wrap gap-2">
        <Button type="submit" look={erases ? 'danger' : 'primary'}>
          {t(`confirm.${ask.action === 'delete' && ask.when === 'now' ? 'deleteNow' : ask.action}`, { n })}
        </Button>
        <a href={back} className={buttonClass()}>
          {t('cancel')}
        </a>
      </div>
    </form>
  )
}
