'use client'

import { clsx } from 'clsx'
import { SquareTerminal, X } from 'lucide-react'
import { type DragEvent, type KeyboardEvent, type ReactNode, useState, useSyncExternalStore } from 'react'
import { useTranslations } from 'use-intl/react'
import type { Group, TabId } from './layout.ts'
import { type TabNote, useTabNote, useTerminals } from './terminals.tsx'

/** What is carried while a tab is dragged. */
export const TAB_TYPE = 'application/x-astrolabe-tab'

type Props = {
  group: Group
  /** The name of the row among several. */
  label: string
  nameOf: (id: TabId) => string
  /** `Alt n` brings the tab into sight; null: no key does. */
  keyOf: (id: TabId) => number | null
  isClosable: (id: TabId) => boolean
  onShow: (id: TabId, withCursor: boolean) => void
  onClose: (id: TabId) => void
  /** A tab of this desk was dropped before `place`, counted from 0. */
  onDrop: (id: TabId, place: number) => void
  children: ReactNode
}

export const tabElementId = (id: TabId) => `tab-${id.replace('/', '-')}`
export const paneElementId = (id: TabId) => `pane-${id.replace('/', '-')}`

/** The tabs of one group (WAI-ARIA, tabs with automatic activation), and what stands beside them. */
export function TabRow({ group, label, nameOf, keyOf, isClosable, onShow, onClose, onDrop, children }: Props) {
  const t = useTranslations('machines')
  const terminals = useTerminals()
  const says = useTranslations('terminal')
  // A tab tells of its terminal in its description too.
  useSyncExternalStore(
    terminals.onNote,
    () => group.tabs.map((id) => tellingOf(terminals.noteOf(id), null)).join('\n'),
    () => '',
  )
  function tellingOf({ title, unread, rang, latency }: TabNote, shortcut: string | null): string | undefined {
    const parts = [
      title === '' ? null : title,
      rang ? says('rang') : unread ? says('unread') : null,
      latency === null ? null : `${says('latency', { ms: latency })}: ${says('latencyWhy')}`,
      shortcut,
    ]
    return parts.filter(Boolean).join(', ') || undefined
  }
  const [over, setOver] = useState<number | null>(null)
  const onKeyDown = (event: KeyboardEvent) => {
    const at = group.tabs.indexOf(group.shown)
    const last = group.tabs.length - 1
    const next = { ArrowLeft: at === 0 ? last : at - 1, ArrowRight: at === last ? 0 : at + 1, Home: 0, End: last }[event.key]
    const id = next === undefined ? undefined : group.tabs[next]
    if (id !== undefined) {
      event.preventDefault()
      onShow(id, false)
      document.getElementById(tabElementId(id))?.focus()
    }
    if (event.key === 'Delete' && isClosable(group.shown)) onClose(group.shown)
  }
  const drop = (event: DragEvent, place: number) => {
    setOver(null)
    const id = event.dataTransfer.getData(TAB_TYPE)
    if (id === '') return
    event.preventDefault()
    event.stopPropagation()
    onDrop(id, place)
  }
  const hover = (event: DragEvent, place: number) => {
    if (!event.dataTransfer.types.includes(TAB_TYPE)) return
    event.preventDefault()
    event.stopPropagation()
    setOver(place)
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a place to drop a tab; the keyboard has the menu
    <div
      className="flex h-9 flex-none items-stretch border-b border-line bg-canvas pr-1.5 pl-1 phone:h-11"
      onDragOver={(event) => hover(event, group.tabs.length)}
      onDragLeave={() => setOver(null)}
      onDrop={(event) => drop(event, group.tabs.length)}
    >
      <div
        role="tablist"
        aria-label={label}
        onKeyDown={onKeyDown}
        className="flex min-w-0 flex-1 items-stretch gap-0.5 overflow-x-auto pr-1.5 [scrollbar-width:none]"
      >
        {group.tabs.map((id, place) => {
          const isShown = id === group.shown
          const key = keyOf(id)
          return (
            <button
              key={id}
              type="button"
              role="tab"
              id={tabElementId(id)}
              aria-controls={paneElementId(id)}
              aria-selected={isShown}
              aria-keyshortcuts={
                [key === null ? null : `Alt+${key}`, isClosable(id) ? 'Delete' : null].filter(Boolean).join(' ') || undefined
              }
              title={tellingOf(terminals.noteOf(id), key === null ? null : t('shortcut', { n: key }))}
              tabIndex={isShown ? 0 : -1}
              draggable
              onClick={() => onShow(id, false)}
              onDoubleClick={() => onShow(id, true)}
              onAuxClick={(event) => event.button === 1 && isClosable(id) && onClose(id)}
              onDragStart={(event) => {
                event.dataTransfer.setData(TAB_TYPE, id)
                event.dataTransfer.effectAllowed = 'move'
              }}
              onDragOver={(event) => hover(event, place)}
              onDrop={(event) => drop(event, place)}
              className={clsx(
                'group/tab relative inline-flex items-center gap-1.5 px-2.5 font-medium whitespace-nowrap after:absolute after:inset-x-2 after:bottom-0 after:h-0.5 after:rounded-t-[2px] hover:text-ink focus-visible:-outline-offset-3',
                isShown ? 'text-ink after:bg-brass forced-colors:after:bg-[Highlight]' : 'text-ink-2',
                over === place && 'before:absolute before:inset-y-1.5 before:left-0 before:w-0.5 before:bg-accent',
              )}
            >
              <SquareTerminal className="size-3.5" strokeWidth={1.75} aria-hidden="true" />
              {nameOf(id)}
              <TabSigns id={id} />
              {isClosable(id) && (
                // For the mouse; the keyboard has Delete, and both have the menu.
                <span
                  aria-hidden="true"
                  title={t('close')}
                  onClick={(event) => {
                    event.stopPropagation()
                    onClose(id)
                  }}
                  className="-mr-1.5 rounded-sm p-0.5 text-ink-3 hover:bg-hover hover:text-ink"
                >
                  <X className="size-3" strokeWidth={2} />
                </span>
              )}
            </button>
          )
        })}
      </div>
      {children}
    </div>
  )
}

/** A dot for what is new out of sight, and how long keys take where that is felt; the tab's description says both in words. */
function TabSigns({ id }: { id: TabId }) {
  const t = useTranslations('terminal')
  const { unread, rang, latency } = useTabNote(id)
  return (
    <>
      {latency !== null && (
        <span aria-hidden="true" className="text-xs font-normal text-warn-text tabular-nums">
          {t('latency', { ms: latency })}
        </span>
      )}
      {(unread || rang) && (
        <span
          aria-hidden="true"
          data-sign={rang ? 'bell' : 'unread'}
          className={clsx('size-1.5 rounded-full forced-colors:bg-[Highlight]', rang ? 'bg-warn' : 'bg-brass')}
        />
      )}
    </>
  )
}
