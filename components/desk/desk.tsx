'use client'

import { memo, type ReactNode, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import { useTranslations } from 'use-intl/react'
import type { HostView } from '#lib/environments/phase.ts'
import { Divider } from '../ui/divider.tsx'
import { GroupMenu } from './group-menu.tsx'
import { keepLayout, recallLayout } from './kept-layout.ts'
import * as layouts from './layout.ts'
import { LeaveScreen } from './leave-screen.tsx'
import { SettingsDialog } from './settings-dialog.tsx'
import { paneElementId, TabRow, tabElementId } from './tab-row.tsx'
import { useTerminals } from './terminals.tsx'
import type { FullScreen } from './use-full-screen.ts'

/** What a terminal's pane is told: which one, whether it is known where its machine is, and whether it is in sight. */
export type PaneFacts = { host: HostView; tab: string; generation: number; reachable: boolean; visible: boolean }

type Props = {
  /** The desk is remembered for each lab. */
  labId: string
  hosts: readonly HostView[]
  generation: number
  /** Whether it is known where the machines are. */
  reachable: boolean
  /** Whether something else lies over the machines: the panes open below it, so that the prompt is there at once. */
  covered: boolean
  /** What stands beside the terminals' names: as much as is to be said of all of them. */
  head: ReactNode
  pane: (facts: PaneFacts) => ReactNode
  full: FullScreen | null
}

/** Below this width, in pixels, two groups beside or below each other are of no use. */
const NARROW_PIXELS = 560
const HEAD = 'var(--desk-head)'
const part = (share: number) => `${share * 100}%`

/** Puts the cursor into the terminal that it was in last; into the region of the machines where there is none yet. */
export function focusTerminal(options: FocusOptions = {}): void {
  const panels = [...document.querySelectorAll('#machines > :not([inert]) [role="tabpanel"][data-state="active"]')]
  const panel = panels.find((each) => each.getAttribute('data-focused') === 'true') ?? panels[0]
  const terminal = panel?.querySelector<HTMLElement>('textarea, [tabindex="0"]')
  const target = terminal ?? document.getElementById('cover') ?? document.getElementById('machines')
  target?.focus(options)
}

/**
 * The terminals in tabs and groups. All panes stay mounted, beside the groups and not in them: a hidden terminal goes on receiving, and one
 * that moves to another group is not made anew. Nor is anything drawn anew because the page's clock goes on.
 */
export const Desk = memo(function Desk({ labId, hosts, generation, reachable, covered, head, pane, full }: Props) {
  const t = useTranslations('machines')
  const box = useRef<HTMLDivElement>(null)
  const isNarrow = useNarrow(box)
  const [layout, change] = useLayout(labId, hosts)
  const isMerged = isNarrow || full?.part === 'terminal'
  const seen = useMemo(() => (isMerged ? layouts.merged(layout) : layout), [isMerged, layout])
  const terminals = useTerminals()
  const [settings, setSettings] = useState(false)
  const groups = layouts.groupsOf(seen)
  const places = layouts.rectangles(seen)
  const order = layouts.tabsOf(seen)
  /** The group in the upper right corner, where the way out of full screen is. */
  const corner = (seen.rows[0]?.groups.length ?? 1) - 1
  const isAlone = full !== null && (full.part === 'terminals' || full.part === 'terminal')
  const nameOf = (id: layouts.TabId) => {
    const host = hosts.find(({ name }) => name === layouts.hostOf(id))
    const number = layouts.numberOf(id)
    return number === 1 ? (host?.label ?? '') : t('numbered', { host: host?.label ?? '', n: number })
  }
  const show = (id: layouts.TabId, withCursor: boolean) => {
    const bring = () => change((before) => layouts.show(before, id))
    if (!withCursor) return bring()
    // At once: the next key may already be on its way.
    flushSync(bring)
    focusTerminal()
  }
  useNumberKeys(order, show)
  useEffect(
    () =>
      terminals.onBring((host) => {
        const ofHost = groups.map(({ shown }) => shown).find((id) => layouts.hostOf(id) === host)
        const id = ofHost ?? order.find((other) => layouts.hostOf(other) === host)
        if (id === undefined) return null
        change((before) => layouts.show(before, id))
        return id
      }),
    [terminals, groups, order, change],
  )
  const extent = (row: number, within: boolean) => () => {
    const size = box.current?.getBoundingClientRect()
    if (!size) return 0
    if (within) return size.width
    return size.height * ((seen.rows[row]?.share ?? 0) + (seen.rows[row + 1]?.share ?? 0))
  }
  return (
    <div
      ref={box}
      data-theme="dark"
      className="relative h-full min-h-0 min-w-0 bg-term-bg text-term-fg [--desk-head:36px] phone:[--desk-head:44px]"
    >
      {settings && <SettingsDialog onClose={() => setSettings(false)} />}
      {groups.map((group, index) => {
        const { left = 0, top = 0, width = 1 } = places[index] ?? {}
        return (
          <div
            key={group.tabs[0]}
            className="absolute border-line not-first:border-t not-first:border-l"
            style={{
              left: part(left),
              top: part(top),
              width: part(width),
              height: HEAD,
              borderTopWidth: top > 0 ? 1 : 0,
              borderLeftWidth: left > 0 ? 1 : 0,
            }}
          >
            <TabRow
              group={group}
              label={groups.length === 1 ? t('hosts') : t('group', { n: index + 1 })}
              nameOf={nameOf}
              keyOf={(id) => (order.indexOf(id) < 9 ? order.indexOf(id) + 1 : null)}
              isClosable={(id) => layouts.isClosable(layout, id)}
              onShow={show}
              onClose={(id) => change((before) => layouts.close(before, id))}
              onDrop={(id, place) => change((before) => layouts.move(before, id, index, place))}
            >
              {head}
              {isAlone && !covered && index === corner && <LeaveScreen full={full} />}
              <GroupMenu
                hosts={hosts}
                onOpen={(host) => change((before) => layouts.open(before, host, isMerged ? before.focused : index))}
                onBeside={
                  !isMerged && layouts.isDivisible(seen, index, 'right')
                    ? () => change((before) => layouts.split(before, group.shown, 'right'))
                    : null
                }
                onBelow={
                  !isMerged && layouts.isDivisible(seen, index, 'below')
                    ? () => change((before) => layouts.split(before, group.shown, 'below'))
                    : null
                }
                onClose={layouts.isClosable(layout, group.shown) ? () => change((before) => layouts.close(before, group.shown)) : null}
                onSettings={() => setSettings(true)}
                onSearch={() => terminals.of(group.shown)?.search()}
                full={full}
                several={!isNarrow && layouts.groupsOf(layout).length > 1}
                onFull={() => {
                  change((before) => layouts.show(before, group.shown))
                  full?.enter('terminal')
                }}
              />
            </TabRow>
          </div>
        )
      })}
      {order.toSorted().map((id) => {
        const at = layouts.groupWith(seen, id)
        const host = hosts.find(({ name }) => name === layouts.hostOf(id))
        const isShown = groups[at]?.shown === id
        const { left = 0, top = 0, width = 1, height = 1 } = places[at] ?? {}
        if (!host) return null
        return (
          <div
            key={`${generation}/${id}`}
            role="tabpanel"
            id={paneElementId(id)}
            aria-labelledby={tabElementId(id)}
            tabIndex={-1}
            data-state={isShown ? 'active' : 'inactive'}
            data-focused={seen.focused === at}
            onFocusCapture={() => seen.focused !== at && change((before) => layouts.show(before, id))}
            className="absolute flex flex-col border-line data-[state=inactive]:invisible"
            style={{
              left: part(left),
              top: `calc(${part(top)} + ${HEAD})`,
              width: part(width),
              height: `calc(${part(height)} - ${HEAD})`,
              borderLeftWidth: left > 0 ? 1 : 0,
            }}
          >
            {pane({ host, tab: String(layouts.numberOf(id)), generation, reachable, visible: !covered && isShown })}
          </div>
        )
      })}
      {seen.rows.map((row, index) => {
        const top = seen.rows.slice(0, index).reduce((sum, { share }) => sum + share, 0)
        const next = seen.rows[index + 1]
        const first = row.groups[0]
        return [
          row.groups.length > 1 && first && (
            <Divider
              key={`within ${row.groups[0]?.tabs[0]}`}
              label={t('divideBeside')}
              orientation="vertical"
              share={first.share}
              extent={extent(index, true)}
              onChange={(share) => change((before) => layouts.divide(before, { row: index, within: true }, share))}
              className="absolute!"
              style={{ left: part(first.share), top: part(top), height: part(row.share) }}
            />
          ),
          next && (
            <Divider
              key={`after ${row.groups[0]?.tabs[0]}`}
              label={t('divideBelow')}
              orientation="horizontal"
              share={row.share / (row.share + next.share)}
              extent={extent(index, false)}
              onChange={(share) => change((before) => layouts.divide(before, { row: index, within: false }, share))}
              className="absolute! w-full"
              style={{ top: part(top + row.share) }}
            />
          ),
        ]
      })}
    </div>
  )
})

/** The desk of this lab: plain until the browser says how it was left, and then kept as it is changed. */
function useLayout(labId: string, hosts: readonly HostView[]) {
  const names = hosts.map(({ name }) => name).join('\n')
  const [kept, setKept] = useState<layouts.Layout>(() => layouts.plainLayout(names.split('\n')))
  useLayoutEffect(() => setKept(recallLayout(labId, names.split('\n'))), [labId, names])
  const layout = useMemo(() => layouts.fitted(kept, names.split('\n')), [kept, names])
  const change = useCallback(
    (how: (before: layouts.Layout) => layouts.Layout) =>
      setKept((before) => {
        const after = how(layouts.fitted(before, names.split('\n')))
        if (after !== before) keepLayout(labId, after)
        return after
      }),
    [labId, names],
  )
  return [layout, change] as const
}

function useNarrow(box: React.RefObject<HTMLElement | null>): boolean {
  const [isNarrow, setNarrow] = useState(false)
  useLayoutEffect(() => {
    const element = box.current
    if (!element) return
    const observer = new ResizeObserver(() => setNarrow(element.clientWidth > 0 && element.clientWidth < NARROW_PIXELS))
    observer.observe(element)
    return () => observer.disconnect()
  }, [box])
  return isNarrow
}

/**
 * `Alt 1` to `Alt 9`, from anywhere in the page, also out of a terminal; the cursor goes along if it was in one. Where the same keys type
 * a character that shells need, as on a Mac with a German keyboard, they type it.
 */
function useNumberKeys(order: readonly layouts.TabId[], show: (id: layouts.TabId, withCursor: boolean) => void): void {
  const latest = useRef({ order, show })
  latest.current = { order, show }
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return
      if (/^[!-/:-~]$/.test(event.key)) return
      const id = latest.current.order[Number(/^Digit([1-9])$/.exec(event.code)?.[1] ?? 0) - 1]
      if (id === undefined) return
      event.preventDefault()
      event.stopPropagation()
      latest.current.show(id, document.activeElement?.closest('#machines') != null)
    }
    window.addEventListener('keydown', onKey, { capture: true })
    return () => window.removeEventListener('keydown', onKey, { capture: true })
  }, [])
}
