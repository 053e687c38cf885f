'use client'

import { Moon, RotateCcw, Sunrise, Trash2, Undo2 } from 'lucide-react'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { useTranslations } from 'use-intl/react'
import { Button } from '../ui/button.tsx'
import type { BulkAction } from './bulk-address.ts'
import { HiddenFields } from './field.tsx'
import { filterFields, type ListFilter } from './list-filter.ts'

const icons = { suspend: Moon, wake: Sunrise, reset: RotateCcw, delete: Trash2, undelete: Undo2 } as const

/** Which actions make sense for what a list shows. */
function actionsFor({ state }: ListFilter): readonly BulkAction[] {
  if (state === 'marked') return ['undelete', 'delete']
  if (state === 'deleting' || state === 'deleted') return []
  if (state === 'ready' || state === 'moving') return ['suspend', 'reset', 'delete']
  if (state === 'asleep') return ['wake', 'reset', 'delete']
  if (state === 'lost') return ['reset', 'delete']
  return ['suspend', 'wake', 'reset', 'delete']
}

type Props = {
  filter: ListFilter
  /** How many match, and how many of them the list shows. */
  total: number
  shown: number
  children: ReactNode
}

/**
 * A list with what can be done to what is ticked in it, or to everything that matches: a form whose answer is the page that shows what would
 * happen.
 */
export function BulkBar({ filter, total, shown, children }: Props) {
  const t = useTranslations('operator.act')
  const form = useRef<HTMLFormElement>(null)
  const [chosen, setChosen] = useState(0)
  const boxes = () => [...(form.current?.querySelectorAll<HTMLInputElement>('input[name="id"]') ?? [])]
  const count = () => setChosen(boxes().filter(({ checked }) => checked).length)
  const chooseAll = (checked: boolean) => {
    for (const box of boxes()) box.checked = checked
    count()
  }
  // Boxes are ticked before the browser takes over, and after a step back; and rows come and go.
  useEffect(count)
  const actions = actionsFor(filter)
  return (
    <form ref={form} method="get" action="/operator/bulk" onChange={count} className="mt-4">
      <HiddenFields fields={filterFields(filter)} />
      {actions.length > 0 && (
        <fieldset className="sticky top-0 z-3 mb-1.5 flex flex-wrap items-center gap-x-2 gap-y-1.5 border-b border-line bg-canvas py-2">
          <legend className="sr-only">{t('legend')}</legend>
          <label className="mr-1 flex min-h-6 items-center gap-2.5 pointer-coarse:min-h-10">
            <input
              type="checkbox"
              className="size-4 accent-accent"
              aria-label={t('chooseAll')}
              checked={chosen > 0 && chosen === shown}
              onChange={(event) => chooseAll(event.currentTarget.checked)}
            />
            <span aria-live="polite" className="font-medium tabular-nums">
              {chosen === 0 ? t('all', { n: total }) : t('some', { n: chosen })}
            </span>
          </label>
          {actions.map((action) => {
            const Icon = icons[action]
            return (
              <Button key={action} size="sm" type="submit" name="do" value={action}>
                <Icon className="size-3.5" strokeWidth={1.75} aria-hidden="true" />
                {t(action)}…
              </Button>
            )
          })}
        </fieldset>
      )}
      {children}
    </form>
  )
}
