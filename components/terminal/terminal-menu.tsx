'use client'

import { ContextMenu } from 'radix-ui'
import type { ReactNode } from 'react'
import { useTranslations } from 'use-intl/react'
import { isMac } from '../ui/is-mac.ts'

type Props = {
  /** Whether something is selected. */
  hasSelection: () => boolean
  onCopy: () => void
  onPaste: () => void
  onSelectAll: () => void
  onSearch: () => void
  onClear: () => void
  label: string
  children: ReactNode
}

const panel =
  'appearing z-20 min-w-52 rounded-md bg-raised p-1 text-sm text-ink shadow-[var(--shadow-pop),0_0_0_1px_var(--color-line)] forced-colors:border'
const row =
  'flex min-h-8 w-full items-center gap-2.5 rounded-sm px-2 py-1 outline-none select-none data-highlighted:bg-hover data-disabled:text-ink-3 pointer-coarse:min-h-10 forced-colors:data-highlighted:outline-2'

/** What can be done with a terminal's text: by right click, by a long press, or by the menu key. */
export function TerminalMenu({ label, children, ...does }: Props) {
  return (
    <ContextMenu.Root modal={false}>
      <ContextMenu.Trigger asChild>{children}</ContextMenu.Trigger>
      <ContextMenu.Content className={panel} collisionPadding={8} onCloseAutoFocus={(event) => event.preventDefault()} aria-label={label}>
        <Items {...does} />
      </ContextMenu.Content>
    </ContextMenu.Root>
  )
}

function Items({ hasSelection, onCopy, onPaste, onSelectAll, onSearch, onClear }: Omit<Props, 'children' | 'label'>) {
  const t = useTranslations('terminal')
  return (
    <>
      <Item words={t('menuCopy')} keys={isMac() ? '⌘ C' : 'Ctrl Shift C'} off={!hasSelection()} onSelect={onCopy} />
      <Item words={t('menuPaste')} keys={isMac() ? '⌘ V' : 'Ctrl Shift V'} onSelect={onPaste} />
      <Item words={t('menuAll')} onSelect={onSelectAll} />
      <ContextMenu.Separator className="mx-0 my-1 h-px bg-line" />
      <Item words={t('find')} keys="Ctrl Shift F" onSelect={onSearch} />
      <Item words={t('menuClear')} onSelect={onClear} />
    </>
  )
}

function Item({ words, keys, off = false, onSelect }: { words: string; keys?: string; off?: boolean; onSelect: () => void }) {
  return (
    <ContextMenu.Item className={row} disabled={off} onSelect={onSelect}>
      {words}
      {keys && <span className="ml-auto pl-3 text-xs text-ink-3">{keys}</span>}
    </ContextMenu.Item>
  )
}
