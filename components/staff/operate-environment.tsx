'use client'

import { Moon, RotateCcw, Sunrise, Trash2, Undo2 } from 'lucide-react'
import { type ReactNode, useId, useState } from 'react'
import { useTranslations } from 'use-intl/react'
import type { Phase } from '#lib/environments/phase.ts'
import { Button } from '../ui/button.tsx'
import { ConfirmDialog } from '../ui/dialog.tsx'
import type { BulkAction } from './bulk-address.ts'
import { Field, TextBox } from './field.tsx'

const icons = { suspend: Moon, wake: Sunrise, reset: RotateCcw, delete: Trash2, undelete: Undo2 } as const

type Props = { id: string; phase: Phase; owner: string; generation: number; touched: boolean; actions: readonly BulkAction[] }

/** What an operator can do to one environment. What erases asks first; the rest can be undone by its opposite. */
export function OperateEnvironment({ id, phase, owner, generation, touched, actions }: Props) {
  const t = useTranslations('operator')
  const has = (action: BulkAction) => actions.includes(action)
  return (
    <div className="flex flex-wrap gap-2">
      {has('suspend') && <PlainOrder id={id} action="suspend" label={t('act.suspend')} />}
      {has('wake') && <PlainOrder id={id} action="wake" label={t(phase === 'failed' || phase === 'queued' ? 'act.again' : 'act.wake')} />}
      {has('reset') && (
        <AskedOrder
          id={id}
          action="reset"
          label={t('act.reset')}
          title={t('resetTitle', { owner })}
          text={<Loss text={t('resetText')} touched={touched} />}
          confirm={t('resetConfirm')}
        >
          <input type="hidden" name="generation" value={generation} />
        </AskedOrder>
      )}
      {has('delete') && !has('undelete') && (
        <AskedOrder
          id={id}
          action="delete"
          label={t('act.delete')}
          title={t('deleteTitle', { owner })}
          text={<Loss text={t('deleteText')} touched={touched} />}
          confirm={t('deleteConfirm')}
        >
          <fieldset className="mt-4">
            <legend className="sr-only">{t('deleteWhen')}</legend>
            {(['later', 'now'] as const).map((when) => (
              <label key={when} className="flex min-h-8 items-center gap-2.5 pointer-coarse:min-h-10">
                <input type="radio" name="when" value={when} defaultChecked={when === 'later'} className="size-4 accent-accent" />
                {t(when === 'later' ? 'deleteLater' : 'deleteNow')}
              </label>
            ))}
          </fieldset>
        </AskedOrder>
      )}
      {has('undelete') && <PlainOrder id={id} action="undelete" label={t('undelete')} />}
    </div>
  )
}

/** What will be lost. */
function Loss({ text, touched }: { text: string; touched: boolean }) {
  const t = useTranslations('operator')
  return (
    <>
      {text} {touched && <b className="font-medium text-bad-text">{t('workIsLost')}</b>}
    </>
  )
}

function PlainOrder({ id, action, label }: { id: string; action: BulkAction; label: string }) {
  const Icon = icons[action]
  return (
    <form method="post" action={`/operator/environments/${id}/${action}`}>
      <Button size="sm" type="submit">
        <Icon className="size-3.5" strokeWidth={1.75} aria-hidden="true" />
        {label}
      </Button>
    </form>
  )
}

type AskedProps = {
  id: string
  action: 'reset' | 'delete'
  label: string
  title: string
  text: ReactNode
  confirm: string
  children: ReactNode
}

/** A plain form in a dialog: the answer is a page. Without JavaScript the button leads to the page that shows what would happen. */
function AskedOrder({ id, action, label, title, text, confirm, children }: AskedProps) {
  const t = useTranslations('operator')
  const [open, setOpen] = useState(false)
  const field = useId()
  const Icon = icons[action]
  return (
    <>
      <form method="get" action="/operator/bulk">
        <input type="hidden" name="do" value={action} />
        <input type="hidden" name="id" value={id} />
        <Button
          size="sm"
          type="submit"
          onClick={(event) => {
            event.preventDefault()
            setOpen(true)
          }}
        >
          <Icon className="size-3.5" strokeWidth={1.75} aria-hidden="true" />
          {label}…
        </Button>
      </form>
      <ConfirmDialog open={open} onOpenChange={setOpen} title={title} description={text}>
        <form method="post" action={`/operator/environments/${id}/${action}`} className="mt-4">
          <Field label={t('because')} id={field}>
            <TextBox id={field} name="reason" required maxLength={500} />
          </Field>
          {children}
          <div className="mt-5 flex flex-wrap justify-end gap-2">
            <Button data-safe onClick={() => setOpen(false)}>
              {t('keep')}
            </Button>
            <Button look="danger" type="submit">
              {confirm}
            </Button>
          </div>
        </form>
      </ConfirmDialog>
    </>
  )
}
