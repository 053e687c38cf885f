'use client'

import { useEffect } from 'react'
import type { EnvironmentView } from '#lib/environments/phase.ts'
import { useEnvironment } from '../live/use-environment.ts'
import { TerminalPane } from '../terminal/terminal-pane.tsx'
import { LabView, type LabViewProps } from './lab-view.tsx'

type Props = Omit<LabViewProps, 'view' | 'lostAt' | 'signedOut' | 'pane'> & {
  /** What the server knew when it made the page. */
  initial: EnvironmentView | null
}

/** The lab page, told of every change, with real terminals. */
export function LiveLab({ initial, ...rest }: Props) {
  const { view, lostAt, signedOut } = useEnvironment(rest.launchId, initial)
  useTerminalAhead()
  const environmentId = view?.id ?? ''
  return (
    <LabView
      {...rest}
      view={view}
      lostAt={lostAt}
      signedOut={signedOut}
      pane={({ host, generation, visible }) => (
        <TerminalPane
          launchId={rest.launchId}
          environmentId={environmentId}
          generation={generation}
          host={host.name}
          label={host.label}
          visible={visible}
        />
      )}
    />
  )
}

/** Fetches what terminals are made of while the machines are still being built: whoever waits for a prompt waits for nothing else. */
function useTerminalAhead(): void {
  useEffect(() => {
    const ahead = [import('@xterm/xterm'), import('@xterm/addon-fit'), import('@xterm/addon-web-links')]
    // Where it fails now, opening the terminal says so.
    Promise.all(ahead).catch(() => {})
  }, [])
}
