'use client'

import { startTransition, useCallback, useEffect, useState } from 'react'
import type { EnvironmentView, HostView } from '#lib/environments/phase.ts'
import type { PaneFacts } from '../desk/desk.tsx'
import { useEnvironment } from '../live/use-environment.ts'
import { useLiking, useThemeOf } from '../terminal/settings.ts'
import { TerminalPane } from '../terminal/terminal-pane.tsx'
import { LabView, type LabViewProps } from './lab-view.tsx'

type Props = Omit<LabViewProps, 'view' | 'ahead' | 'clock' | 'lostAt' | 'signedOut' | 'here' | 'pane'> & {
  /** ISO 8601: when the page was made, by the server's clock. */
  serverNow: string
  /** What the server knew when it made the page. */
  initial: EnvironmentView | null
  /** The machines that the lab names. */
  hosts: readonly HostView[]
}

/** The lab page, told of every change, with real terminals. */
export function LiveLab({ initial, hosts, serverNow, ...rest }: Props) {
  const { view, lostAt, signedOut, skewMs, here } = useEnvironment(rest.launchId, initial)
  const ahead = useTerminalAhead() ? hosts : none
  const liking = useLiking()
  const theme = useThemeOf(liking.theme)
  const environmentId = view?.id ?? ''
  const { launchId } = rest
  const pane = useCallback(
    ({ host, tab, generation, reachable, visible }: PaneFacts) => (
      <TerminalPane
        launchId={launchId}
        environmentId={environmentId}
        generation={generation}
        host={host.name}
        tab={tab}
        label={host.label}
        reachable={reachable}
        visible={visible}
        {...liking}
        theme={theme}
      />
    ),
    [launchId, environmentId, liking, theme],
  )
  return (
    <LabView
      {...rest}
      view={view}
      ahead={ahead}
      clock={{ madeAt: serverNow, skewMs }}
      lostAt={lostAt}
      signedOut={signedOut}
      here={here}
      pane={pane}
    />
  )
}

const none: readonly HostView[] = []

/**
 * Fetches what terminals are made of while the machines are still being built, then says that they may be laid out: whoever waits for
 * a prompt waits for nothing else.
 */
function useTerminalAhead(): boolean {
  const [fetched, setFetched] = useState(false)
  useEffect(() => {
    // Where it fails now, opening the terminal says so.
    import('../terminal/xterm-parts.ts').then(
      () => startTransition(() => setFetched(true)),
      () => {},
    )
  }, [])
  return fetched
}
