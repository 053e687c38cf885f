'use client'

import { useEffect, useState } from 'react'
import { io } from 'socket.io-client'
import type { EnvironmentView } from '#lib/environments/phase.ts'

export type LiveEnvironment = {
  view: EnvironmentView | null
  connection: 'live' | 'offline'
  /** ISO 8601 by this browser's clock: since when nothing is heard; null while live, and before anything was ever heard. */
  lostAt: string | null
  /** The launch is no longer good in this browser: its page has to be opened from the course again. */
  signedOut: boolean
}

/**
 * The environment of a launch as it is now: what the page was made with, then every change as it happens. While the connection is lost
 * the last view stays, and it is tried again by itself.
 * @param initial what the server rendered
 */
export function useEnvironment(launchId: string, initial: EnvironmentView | null): LiveEnvironment {
  const [view, setView] = useState(initial)
  const [lostAt, setLostAt] = useState<string | null>(null)
  const [signedOut, setSignedOut] = useState(false)
  const lost = () => setLostAt((since) => since ?? new Date().toISOString())
  usePushes(
    { launch: launchId, roster: false },
    { environment: setView, connected: () => setLostAt(null), lost, refused: () => setSignedOut(true) },
  )
  return { view, connection: lostAt === null ? 'live' : 'offline', lostAt, signedOut }
}

/** Calls `changed` whenever the people or machines of the launch's course may have changed; for instructors. */
export function useRoster(launchId: string, changed: () => void): { connection: 'live' | 'offline' } {
  const [connection, setConnection] = useState<'live' | 'offline'>('live')
  const nothing = () => {}
  usePushes(
    { launch: launchId, roster: true },
    { roster: changed, connected: () => setConnection('live'), lost: () => setConnection('offline'), refused: nothing },
  )
  return { connection }
}

type Heard = {
  environment?: (view: EnvironmentView | null) => void
  roster?: () => void
  connected: () => void
  lost: () => void
  refused: () => void
}

function usePushes({ launch, roster }: { launch: string; roster: boolean }, heard: Heard): void {
  const [latest] = useState<{ heard: Heard }>(() => ({ heard }))
  useEffect(() => {
    latest.heard = heard
  })
  useEffect(() => {
    const socket = io('/live', {
      auth: { launch, roster },
      transports: ['websocket'],
      forceNew: true,
      reconnectionDelay: 300,
      reconnectionDelayMax: 10_000,
    })
    let timer: ReturnType<typeof setTimeout> | undefined
    socket.on('connect', () => latest.heard.connected())
    socket.on('environment', (view: EnvironmentView | null) => latest.heard.environment?.(view))
    socket.on('roster', () => latest.heard.roster?.())
    socket.on('disconnect', (reason) => {
      latest.heard.lost()
      // The server hung up: Socket.IO does not come back from that by itself, and it may only be another process's turn.
      if (reason === 'io server disconnect') timer = setTimeout(() => socket.connect(), 1_000)
    })
    socket.on('connect_error', (error: Error & { data?: { code?: string; retry?: boolean } }) => {
      if (error.data?.retry === false) return latest.heard.refused()
      latest.heard.lost()
      if (error.data) timer = setTimeout(() => socket.connect(), 5_000)
    })
    const online = () => void (socket.connected || socket.connect())
    window.addEventListener('online', online)
    return () => {
      clearTimeout(timer)
      window.removeEventListener('online', online)
      socket.removeAllListeners()
      socket.disconnect()
    }
  }, [launch, roster, latest])
}
