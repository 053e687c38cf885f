'use client'

import { startTransition, useEffect, useState } from 'react'
import type { EnvironmentView, HostView } from '#lib/environments/phase.ts'
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
  return (
    <LabView
      {...rest}
      view={view}
      ahead={ahead}
      clock={{ madeAt: serverNow, skewMs }}
      lostAt={lostAt}
      signedOut={signedOut}
      here={here}
      pane={({ host, tab, generation, reachable, visible }) => (
        <TerminalPane
          launchId={rest.launchId}
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
      )}
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
    const parts = [import('@xterm/xterm'), import('@xterm/addon-fit'), import('@xterm/addon-web-links')]
    // Where it fails now, opening the terminal says so.
    Promise.all(parts).then(
      () => startTransition(() => setFetched(true)),
      () => {},
    )
  }, [])
  return fetched
}
