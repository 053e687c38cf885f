'use client'

import { type FormEvent, useEffect, useState } from 'react'
import { useTranslations } from 'use-intl/react'
import type { HostView } from '#lib/environments/phase.ts'
import { Button } from '../ui/button.tsx'
import { ConfirmDialog } from '../ui/dialog.tsx'

type Props = {
  open: boolean
  onOpenChange: (open: boolean) => void
  hosts: readonly HostView[]
  busy: boolean
  /** Why the last attempt did not work. */
  failure: string | null
  onConfirm: () => void
}

/** Says what will be lost, and asks for the word: the one thing here that erases. */
export function ResetDialog({ open, onOpenChange, hosts, busy, failure, onConfirm }: Props) {
  const t = useTranslations('reset')
  const [typed, setTyped] = useState('')
  const [missed, setMissed] = useState(false)
  useEffect(() => {
    if (!open) return
    setTyped('')
    setMissed(false)
  }, [open])
  const right = typed.trim().toLowerCase() === t('word')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setMissed(!right)
    if (right && !busy) onConfirm()
  }
  const names = new Intl.ListFormat('en', { type: 'conjunction' }).format(hosts.map(({ label }) => label))
  return (
    <ConfirmDialog
      open={open}
      onOpenChange={onOpenChange}
      returnTo={() => document.querySelector<HTMLElement>('#bar [aria-haspopup="menu"]')}
      title={t('title', { count: Math.max(1, hosts.length) })}
      description={`${t('text', { hosts: names })} ${t('guide')}`}
    >
      <form onSubmit={submit} className="mt-4">
        <label htmlFor="reset-word" className="block">
          {t.rich('type', { word: t('word'), b: (text) => <b className="font-mono font-semibold">{text}</b> })}
        </label>
        <input
          id="reset-word"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          aria-describedby="reset-said"
          className="mt-1.5 h-(--size-control-md) w-full rounded-sm border border-line-strong bg-raised px-2.5 font-mono pointer-coarse:text-base"
        />
        <p id="reset-said" role="alert" className="mt-1.5 min-h-5 text-bad-text">
          {failure ?? (missed && !right ? t('mismatch', { word: t('word') }) : '')}
        </p>
        <div className="mt-2 flex flex-wrap justify-end gap-2">
          <Button data-safe onClick={() => onOpenChange(false)}>
            {t('cancel')}
          </Button>
          <Button look="danger" type="submit" aria-disabled={!right || busy}>
            {busy ? t('busy') : t('confirm')}
          </Button>
        </div>
      </form>
    </ConfirmDialog>
  )
}
