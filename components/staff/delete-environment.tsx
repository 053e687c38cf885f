'use client'

import { Trash2, Undo2 } from 'lucide-react'
import { useState } from 'react'
import { useTranslations } from 'use-intl/react'
import { Button } from '../ui/button.tsx'
import { ConfirmDialog } from '../ui/dialog.tsx'

/** A plain form in a dialog: the answer is a page. */
export function DeleteEnvironment({ id, owner }: { id: string; owner: string }) {
  const t = useTranslations('operator')
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button size="sm" onClick={() => setOpen(true)}>
        <Trash2 className="size-3.5" strokeWidth={1.75} aria-hidden="true" />
        {t('delete')}…
      </Button>
      <ConfirmDialog open={open} onOpenChange={setOpen} title={t('deleteTitle', { owner })} description={t('deleteText')}>
        <form method="post" action={`/operator/environments/${id}/delete`} className="mt-4">
          <label htmlFor="delete-reason" className="block">
            {t('deleteReason')}
          </label>
          <input
            id="delete-reason"
            name="reason"
            required
            maxLength={200}
            autoComplete="off"
            className="mt-1.5 h-(--size-control-md) w-full rounded-sm border border-line-strong bg-raised px-2.5 pointer-coarse:text-base"
          />
          <fieldset className="mt-4">
            <legend className="sr-only">{t('deleteWhen')}</legend>
            {(['later', 'now'] as const).map((when) => (
              <label key={when} className="flex min-h-8 items-center gap-2.5 pointer-coarse:min-h-10">
                <input type="radio" name="when" value={when} defaultChecked={when === 'later'} className="size-4 accent-accent" />
                {t(when === 'later' ? 'deleteLater' : 'deleteNow')}
              </label>
            ))}
          </fieldset>
          <div className="mt-5 flex flex-wrap justify-end gap-2">
            <Button data-safe onClick={() => setOpen(false)}>
              {t('keep')}
            </Button>
            <Button look="danger" type="submit">
              {t('deleteConfirm')}
            </Button>
          </div>
        </form>
      </ConfirmDialog>
    </>
  )
}

export function UndeleteEnvironment({ id }: { id: string }) {
  const t = useTranslations('operator')
  return (
    <form method="post" action={`/operator/environments/${id}/undelete`}>
      <Button size="sm" type="submit">
        <Undo2 className="size-3.5" strokeWidth={1.75} aria-hidden="true" />
        {t('undelete')}
      </Button>
    </form>
  )
}
