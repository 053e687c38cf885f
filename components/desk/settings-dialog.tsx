'use client'

import { Minus, Plus } from 'lucide-react'
import { type ReactNode, useId } from 'react'
import { useFormatter, useTranslations } from 'use-intl/react'
import { changeLiking, fontSizes, scrollbacks, themes, useLiking, zoomed } from '../terminal/settings.ts'
import { Button } from '../ui/button.tsx'
import { isMac } from '../ui/is-mac.ts'
import { ReadingDialog } from '../ui/reading-dialog.tsx'

/** How somebody likes their terminals; each choice takes effect at once. */
export function SettingsDialog({ onClose }: { onClose: () => void }) {
  const t = useTranslations('machines')
  const format = useFormatter()
  const liking = useLiking()
  const { fontSize } = liking
  return (
    <ReadingDialog
      title={t('settings')}
      description={t('settingsKept')}
      close={t('settingsDone')}
      onClose={onClose}
      returnTo={() => document.querySelector<HTMLElement>('#machines [aria-haspopup="menu"]')}
    >
      <Part title={t('fontSize')} hint={t('fontKeys')}>
        <Button
          size="sm"
          icon
          aria-label={t('smaller')}
          aria-disabled={fontSize <= fontSizes.least}
          onClick={() => changeLiking((before) => zoomed(before, -1))}
        >
          <Minus className="size-4" strokeWidth={1.75} aria-hidden="true" />
        </Button>
        <output className="min-w-12 text-center tabular-nums">{t('pixels', { n: fontSize })}</output>
        <Button
          size="sm"
          icon
          aria-label={t('larger')}
          aria-disabled={fontSize >= fontSizes.most}
          onClick={() => changeLiking((before) => zoomed(before, 1))}
        >
          <Plus className="size-4" strokeWidth={1.75} aria-hidden="true" />
        </Button>
      </Part>
      <Choice
        title={t('theme')}
        value={liking.theme}
        options={themes.map((theme) => [theme, t(theme)])}
        onChange={(theme) => changeLiking((before) => ({ ...before, theme }))}
      />
      <Choice
        title={t('scrollback')}
        value={liking.scrollback}
        options={scrollbacks.map((lines) => [lines, format.number(lines)])}
        onChange={(scrollback) => changeLiking((before) => ({ ...before, scrollback }))}
      />
      <Tick title={t('blink')} on={liking.blink} onChange={(blink) => changeLiking((before) => ({ ...before, blink }))} />
      <Tick
        title={t('screenReader')}
        on={liking.screenReader}
        onChange={(screenReader) => changeLiking((before) => ({ ...before, screenReader }))}
      />
      {isMac() && (
        <Tick
          title={t('optionIsMeta')}
          on={liking.optionIsMeta}
          onChange={(optionIsMeta) => changeLiking((before) => ({ ...before, optionIsMeta }))}
        />
      )}
    </ReadingDialog>
  )
}

const row = 'flex min-h-12 flex-wrap items-center gap-x-4 gap-y-1.5 border-b border-line py-2 last:border-b-0'

function Part({ title, hint, children }: { title: string; hint?: string; children: ReactNode }) {
  return (
    <fieldset className={row}>
      <legend className="float-left min-w-44 flex-1">{title}</legend>
      <div className="flex items-center gap-1">{children}</div>
      {hint && <p className="w-full text-xs text-ink-3">{hint}</p>}
    </fieldset>
  )
}

type ChoiceProps<T> = { title: string; value: T; options: (readonly [T, string])[]; onChange: (value: T) => void }

function Choice<T extends string | number>({ title, value, options, onChange }: ChoiceProps<T>) {
  const name = useId()
  return (
    <Part title={title}>
      {options.map(([each, words]) => (
        <label key={each} className="inline-flex min-h-8 items-center gap-1.5 pr-2.5 pointer-coarse:min-h-10">
          <input type="radio" name={name} className="accent-(--color-accent)" checked={each === value} onChange={() => onChange(each)} />
          {words}
        </label>
      ))}
    </Part>
  )
}

function Tick({ title, on, onChange }: { title: string; on: boolean; onChange: (on: boolean) => void }) {
  return (
    <label className={row}>
      <span className="min-w-44 flex-1">{title}</span>
      <input type="checkbox" className="size-4 accent-(--color-accent)" checked={on} onChange={(event) => onChange(event.target.checked)} />
    </label>
  )
}
