'use client'

import { SquareTerminal } from 'lucide-react'
import { Tabs } from 'radix-ui'
import { type ReactNode, useCallback, useEffect, useState } from 'react'
import { useTranslations } from 'use-intl/react'
import type { HostView } from '#lib/environments/phase.ts'

/** What a machine's pane is told: which one, whether it is known where that is, and whether it is the one in sight. */
export type PaneFacts = { host: HostView; generation: number; reachable: boolean; visible: boolean }

type Props = {
  hosts: readonly HostView[]
  generation: number
  /** Whether it is known where the machines are. */
  reachable: boolean
  /** Whether something else lies over the machines: the panes open below it, so that the prompt is there at once. */
  covered: boolean
  /** What stands beside the machines' names: as much as is to be said of all of them. */
  head: ReactNode
  pane: (facts: PaneFacts) => ReactNode
}

/** Puts the cursor into the terminal that is in sight; into its region where it has none yet. */
export function focusTerminal(options: FocusOptions = {}): void {
  const panel = document.querySelector('#machines > :not([inert]) [role="tabpanel"][data-state="active"]')
  const terminal = panel?.querySelector<HTMLElement>('textarea, [tabindex="0"]')
  const target = terminal ?? document.getElementById('cover') ?? document.getElementById('machines')
  target?.focus(options)
}

/** A tab for each machine. All panes stay mounted: a hidden terminal goes on receiving. */
export function Machines({ hosts, generation, reachable, covered, head, pane }: Props) {
  const t = useTranslations('machines')
  const [chosen, setChosen] = useState<string | null>(null)
  const selected = hosts.find(({ name }) => name === chosen)?.name ?? hosts[0]?.name ?? ''
  useNumberKeys(hosts, setChosen)
  return (
    <Tabs.Root
      value={selected}
      onValueChange={setChosen}
      data-theme="dark"
      className="flex h-full min-h-0 min-w-0 flex-col bg-term-bg text-term-fg"
    >
      <div className="flex h-9 flex-none items-stretch border-b border-line bg-canvas pr-2.5 pl-1 phone:h-11">
        <Tabs.List
          aria-label={t('hosts')}
          className="flex min-w-0 flex-1 items-stretch gap-0.5 overflow-x-auto pr-1.5 [scrollbar-width:none]"
        >
          {hosts.map((host, index) => (
            <Tabs.Trigger
              key={host.name}
              value={host.name}
              title={index < 9 ? t('shortcut', { n: index + 1 }) : undefined}
              aria-keyshortcuts={index < 9 ? `Alt+${index + 1}` : undefined}
              className="relative inline-flex items-center gap-1.5 px-2.5 font-medium whitespace-nowrap text-ink-2 after:absolute after:inset-x-2 after:bottom-0 after:h-0.5 after:rounded-t-[2px] hover:text-ink focus-visible:-outline-offset-3 data-[state=active]:text-ink data-[state=active]:after:bg-brass forced-colors:data-[state=active]:after:bg-[Highlight]"
            >
              <SquareTerminal className="size-3.5" strokeWidth={1.75} aria-hidden="true" />
              {host.label}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        {head}
      </div>
      <div className="relative min-h-0 flex-1">
        {hosts.map((host) => (
          <Tabs.Content
            key={`${generation}/${host.name}`}
            value={host.name}
            forceMount
            tabIndex={-1}
            className="absolute inset-0 flex flex-col data-[state=inactive]:invisible"
          >
            {pane({ host, generation, reachable, visible: !covered && host.name === selected })}
          </Tabs.Content>
        ))}
      </div>
    </Tabs.Root>
  )
}

/** `Alt 1` to `Alt 9`, from anywhere in the page, also out of a terminal; the cursor goes along if it was in one. */
function useNumberKeys(hosts: readonly HostView[], choose: (name: string) => void): void {
  const names = hosts.map(({ name }) => name).join('\n')
  const onKey = useCallback(
    (event: KeyboardEvent) => {
      if (!event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return
      const number = Number(/^Digit([1-9])$/.exec(event.code)?.[1] ?? 0)
      const name = names.split('\n')[number - 1]
      if (number === 0 || !name) return
      event.preventDefault()
      event.stopPropagation()
      const follow = document.activeElement?.closest('#machines') != null
      choose(name)
      if (follow) requestAnimationFrame(() => focusTerminal())
    },
    [names, choose],
  )
  useEffect(() => {
    window.addEventListener('keydown', onKey, { capture: true })
    return () => window.removeEventListener('keydown', onKey, { capture: true })
  }, [onKey])
}
