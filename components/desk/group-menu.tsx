'use client'

import { Columns2, Ellipsis, Maximize2, Minimize2, Plus, Rows2, Search, Settings2, X } from 'lucide-react'
import { useTranslations } from 'use-intl/react'
import type { HostView } from '#lib/environments/phase.ts'
import { Button } from '../ui/button.tsx'
import { Menu, MenuItem, MenuLine } from '../ui/menu.tsx'
import type { FullScreen } from './use-full-screen.ts'

type Props = {
  hosts: readonly HostView[]
  /** Null: it cannot be had now. */
  onOpen: ((host: string) => void) | null
  onBeside: (() => void) | null
  onBelow: (() => void) | null
  onClose: (() => void) | null
  onSearch: () => void
  onSettings: () => void
  /** Null: the screen cannot be had. */
  full: FullScreen | null
  /** Whether this group is one of several beside and below each other, full screen or not. */
  several: boolean
  /** This group's terminal is to have the screen alone. */
  onFull: () => void
}

const icon = { className: 'size-4 flex-none', strokeWidth: 1.75, 'aria-hidden': true } as const

/** What can be done with a group of terminals, by mouse, touch and keyboard alike. */
export function GroupMenu({ hosts, onOpen, onBeside, onBelow, onClose, onSearch, onSettings, full, several, onFull }: Props) {
  const t = useTranslations('machines')
  const trigger = (
    <Button look="ghost" size="sm" icon className="text-ink-2" aria-label={t('menu')} title={t('menu')}>
      <Ellipsis className="size-4" strokeWidth={1.75} aria-hidden="true" />
    </Button>
  )
  const says = useTranslations('screen')
  const enterAll = () => full?.enter('terminals')
  const fullest = several ? ({ words: says('terminal'), enter: onFull } as const) : { words: says('terminals'), enter: enterAll }
  const isPut = full !== null && (full.part === null || full.part === 'page')
  return (
    <div className="flex flex-none items-center gap-0.5">
      <Button
        look="ghost"
        size="sm"
        icon
        className="text-ink-2 phone:hidden"
        aria-label={t('search')}
        title={t('searchKeys')}
        onClick={onSearch}
      >
        <Search className="size-4" strokeWidth={1.75} aria-hidden="true" />
      </Button>
      {isPut && (
        <Button
          look="ghost"
          size="sm"
          icon
          className="text-ink-2 phone:hidden"
          aria-label={fullest.words}
          title={fullest.words}
          onClick={fullest.enter}
        >
          <Maximize2 className="size-4" strokeWidth={1.75} aria-hidden="true" />
        </Button>
      )}
      <Menu trigger={trigger} label={t('menu')}>
        {hosts.map(({ name, label }) => (
          <MenuItem key={name} icon={<Plus {...icon} />} off={onOpen === null} onSelect={() => onOpen?.(name)}>
            {t('open', { host: label })}
          </MenuItem>
        ))}
        <MenuLine />
        <MenuItem icon={<Columns2 {...icon} />} off={onBeside === null} onSelect={() => onBeside?.()}>
          {t('beside')}
        </MenuItem>
        <MenuItem icon={<Rows2 {...icon} />} off={onBelow === null} onSelect={() => onBelow?.()}>
          {t('below')}
        </MenuItem>
        <MenuItem icon={<Search {...icon} />} hint="Ctrl Shift F" onSelect={onSearch}>
          {t('search')}
        </MenuItem>
        {several && full && full.part !== 'terminal' && (
          <MenuItem icon={<Maximize2 {...icon} />} onSelect={onFull}>
            {says('terminal')}
          </MenuItem>
        )}
        {full && full.part !== 'terminals' && (several || full.part !== 'terminal') && (
          <MenuItem icon={<Maximize2 {...icon} />} onSelect={enterAll}>
            {says('terminals')}
          </MenuItem>
        )}
        {full && full.part !== null && (
          <MenuItem icon={<Minimize2 {...icon} />} onSelect={full.leave}>
            {says('leave')}
          </MenuItem>
        )}
        <MenuItem icon={<Settings2 {...icon} />} onSelect={onSettings}>
          {t('settings')}
        </MenuItem>
        {onClose && (
          <>
            <MenuLine />
            <MenuItem icon={<X {...icon} />} hint={t('closeHint')} onSelect={onClose}>
              {t('close')}
            </MenuItem>
          </>
        )}
      </Menu>
    </div>
  )
}
