'use client'

import { clsx } from 'clsx'
import { X } from 'lucide-react'
import { useTranslations } from 'use-intl/react'
import { Button, buttonClass } from '../ui/button.tsx'
import { Field, HiddenFields, SelectBox, TextBox } from './field.tsx'
import {
  everything,
  filterFields,
  type IdleChoice,
  idleChoices,
  type ListFilter,
  type ListState,
  listAddress,
  listStates,
} from './list-filter.ts'
import { useSpoken } from './when.tsx'

export type Choice = { id: string; title: string }
export type Choices = { courses: Choice[]; labs: Choice[]; clouds: Choice[] }

/** The states with how many there are of each, as links: the other conditions stay. Those of which there are none are left out. */
export function StateFilter({ filter, counts }: { filter: ListFilter; counts: Record<ListState, number> }) {
  const t = useTranslations('operator.filter')
  const shown = listStates.filter((state) => state === 'all' || state === filter.state || state === 'ready' || counts[state] > 0)
  return (
    <nav
      aria-label={t('state')}
      className="flex w-fit max-w-full overflow-x-auto rounded-sm bg-sunken p-0.5 shadow-[inset_0_0_0_1px_var(--color-line)] [scrollbar-width:none]"
    >
      {shown.map((state) => (
        <a
          key={state}
          href={listAddress({ ...filter, state })}
          aria-current={state === filter.state ? 'true' : undefined}
          className={clsx(
            'inline-flex min-h-6 items-center gap-1.5 rounded-[4px] px-2.5 text-xs font-medium whitespace-nowrap text-ink-2 no-underline focus-visible:-outline-offset-2 pointer-coarse:min-h-9',
            'aria-[current]:bg-raised aria-[current]:text-ink aria-[current]:shadow-[0_0_0_1px_var(--color-line),var(--shadow-edge)]',
          )}
        >
          {t(state)} <span className="text-ink-3 tabular-nums">{counts[state]}</span>
        </a>
      ))}
    </nav>
  )
}

/** The other conditions: a form whose answer is this page again. */
export function ConditionsForm({ filter, choices }: { filter: ListFilter; choices: Choices }) {
  const t = useTranslations('operator')
  const kept = filterFields({ ...everything, state: filter.state, reason: filter.reason })
  return (
    <form
      method="get"
      action="/operator"
      aria-label={t('filter.label')}
      className="mt-3 grid grid-cols-[minmax(0,1.4fr)_repeat(auto-fit,minmax(8.5rem,1fr))] items-end gap-2.5 phone:grid-cols-2"
    >
      <HiddenFields fields={kept} />
      <Field label={t('filter.owner')} id="filter-owner">
        <TextBox
          id="filter-owner"
          name="owner"
          type="search"
          maxLength={200}
          defaultValue={filter.owner ?? ''}
          placeholder={t('filter.ownerHint')}
        />
      </Field>
      <Choose name="course" label={t('course')} value={filter.course} choices={choices.courses} />
      <Choose name="lab" label={t('lab')} value={filter.lab} choices={choices.labs} />
      {choices.clouds.length > 1 && <Choose name="cloud" label={t('cloud')} value={filter.cloud} choices={choices.clouds} />}
      <Idle value={filter.idle} />
      <div className="flex gap-2">
        <Button type="submit">{t('filter.show')}</Button>
        {listAddress({ ...filter, state: 'all' }) !== '/operator' && (
          <a href={listAddress({ ...everything, state: filter.state })} className={buttonClass({ look: 'ghost' })}>
            {t('filter.clear')}
          </a>
        )}
      </div>
    </form>
  )
}

function Choose({ name, label, value, choices }: { name: string; label: string; value: string | null; choices: Choice[] }) {
  const t = useTranslations('operator.filter')
  return (
    <Field label={label} id={`filter-${name}`}>
      <SelectBox id={`filter-${name}`} name={name} defaultValue={value ?? ''}>
        <option value="">{t('any')}</option>
        {choices.map(({ id, title }) => (
          <option key={id} value={id}>
            {title}
          </option>
        ))}
      </SelectBox>
    </Field>
  )
}

function Idle({ value }: { value: IdleChoice | null }) {
  const t = useTranslations('operator.filter')
  const spoken = useSpoken()
  return (
    <Field label={t('idle')} id="filter-idle">
      <SelectBox id="filter-idle" name="idle" defaultValue={value ?? ''}>
        <option value="">{t('idleAny')}</option>
        {Object.entries(idleChoices).map(([choice, milliseconds]) => (
          <option key={choice} value={choice}>
            {t('longer', { time: spoken(milliseconds) })}
          </option>
        ))}
      </SelectBox>
    </Field>
  )
}

/** A condition that no field stands for, because a link brought it: said, and taken away again. */
export function ReasonCondition({ filter, sentence }: { filter: ListFilter; sentence: string | null }) {
  const t = useTranslations('operator.filter')
  if (filter.reason === null) return null
  return (
    <p className="mt-3 flex flex-wrap items-center gap-2">
      <span className="text-ink-2">{t('reason', { reason: sentence ?? filter.reason })}</span>
      <a href={listAddress({ ...filter, reason: null })} className={buttonClass({ size: 'sm', look: 'ghost' })}>
        <X className="size-3.5" strokeWidth={1.75} aria-hidden="true" />
        {t('clear')}
      </a>
    </p>
  )
}
