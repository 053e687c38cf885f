'use client'

import { AlarmClockPlus, Ellipsis, Eraser, ExternalLink, History, Maximize2, Minimize2, Moon } from 'lucide-react'
import { useTranslations } from 'use-intl/react'
import type { SleepHow } from '#lib/environments/phase.ts'
import type { FullScreen } from '../desk/use-full-screen.ts'
import { Button } from '../ui/button.tsx'
import { LocalTime } from '../ui/local-time.tsx'
import { Menu, MenuItem, MenuLine } from '../ui/menu.tsx'
import { useFramed } from '../ui/use-browser.ts'
import { useSaid } from '../ui/use-said.ts'
import type { MoreTime } from './deadline.ts'

/** What can be chosen; null: not now. */
export type LabChoices = {
  sleep: { how: SleepHow | null; onSelect: () => void } | null
  extend: { more: MoreTime; onSelect: () => void } | null
  onHistory: (() => void) | null
  onReset: (() => void) | null
  onOwnWindow: () => void
  full: FullScreen | null
}

const icon = { className: 'size-4 flex-none', strokeWidth: 1.75, 'aria-hidden': true } as const

/** Everything that can be done with the machines, behind one button. */
export function LabMenu({ sleep, extend, onHistory, onReset, onOwnWindow, full }: LabChoices) {
  const t = useTranslations('page')
  const says = useTranslations('screen')
  const say = useSaid()
  const framed = useFramed()
  if (!framed && !full && !sleep && !extend && !onHistory && !onReset) return null
  const trigger = (
    <Button look="ghost" size="sm" icon aria-label={t('menu')}>
      <Ellipsis className="size-4" strokeWidth={1.75} aria-hidden="true" />
    </Button>
  )
  return (
    <Menu trigger={trigger} label={t('menu')}>
      {sleep && (
        <MenuItem
          icon={<Moon {...icon} />}
          hint={sleep.how === null || sleep.how === 'suspend' ? undefined : t('programsEnd')}
          onSelect={sleep.onSelect}
        >
          {t('sleepNow')}
        </MenuItem>
      )}
      {extend && (
        <MenuItem
          icon={<AlarmClockPlus {...icon} />}
          off={!extend.more.offered}
          hint={
            extend.more.offered
              ? t('moreLeft', { n: extend.more.left })
              : t.rich('moreFrom', { time: () => <LocalTime at={extend.more.from} /> })
          }
          onSelect={extend.onSelect}
        >
          {t('more', { time: say(extend.more.byMs) })}
        </MenuItem>
      )}
      {(sleep || extend) && <MenuLine />}
      {onHistory && (
        <MenuItem icon={<History {...icon} />} onSelect={onHistory}>
          {t('history')}
        </MenuItem>
      )}
      {framed && (
        <MenuItem icon={<ExternalLink {...icon} />} onSelect={onOwnWindow}>
          {t('ownWindow')}
        </MenuItem>
      )}
      {full &&
        (full.part === 'page' ? (
          <MenuItem icon={<Minimize2 {...icon} />} onSelect={full.leave}>
            {says('leave')}
          </MenuItem>
        ) : (
          <MenuItem icon={<Maximize2 {...icon} />} onSelect={() => full.enter('page')}>
            {says('page')}
          </MenuItem>
        ))}
      {onReset && <MenuLine />}
      {onReset && (
        <MenuItem icon={<Eraser {...icon} />} onSelect={onReset}>
          {t('reset')}…
        </MenuItem>
      )}
    </Menu>
  )
}
