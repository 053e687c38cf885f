'use client'

import { useCallback, useEffect, useState } from 'react'
import { io } from 'socket.io-client'
import type { EnvironmentView } from '#lib/environments/phase.ts'
import { clockSkew } from './clock-skew.ts'

export type LiveEnvironment = {
  view: EnvironmentView | null
  connection: 'live' | 'offline'
  /** ISO 8601 by this browser's clock: since when nothing is heard; null while live, and before anything was ever heard. */
  lostAt: string | null
  /** The launch is no longer good in this browser: its page has to be opened from the course again. */
  signedOut: boolean
  /** How far the server's clock is ahead of this browser's, in milliseconds; null until it has told. */
  skewMs: number | null
  /** Tells that its person is here, now or as soon as the connection is back. */
  here: () => void
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
  const [skewMs, setSkewMs] = useState<number | null>(null)
  const lost = () => setLostAt((since) => since ?? new Date().toISOString())
  const environment = (next: EnvironmentView | null, now: string) => {
    // Most of what is said at the beginning is what the page was made with.
    setView((before) => (JSON.stringify(before) === JSON.stringify(next) ? before : next))
    setSkewMs((known) => clockSkew(known, Date.parse(now), Date.now()))
  }
  const here = usePushes(
    { launch: launchId, roster: false },
    { environment, connected: () => setLostAt(null), lost, refused: () => setSignedOut(true) },
  )
  return { view, connection: lostAt === null ? 'live' : 'offline', lostAt, signedOut, skewMs, here }
}

/** Calls `changed` whenever the people or machines of the launch's course, or the right to see them, may have changed; for instructors. */
export function useRoster(launchId: string, changed: () => void): { connection: 'live' | 'offline' } {
  const [connection, setConnection] = useState<'live' | 'offline'>('live')
  usePushes(
    { launch: launchId, roster: true },
    { roster: changed, connected: () => setConnection('live'), lost: () => setConnection('offline'), refused: changed },
  )
  return { connection }
}

type Heard = {
  environment?: (view: EnvironmentView | null, now: string) => void
  roster?: () => void
  connected: () => void
  lost: () => void
  refused: () => void
}

/** @returns tells the server that the page's person is here */
function usePushes({ launch, roster }: { launch: string; roster: boolean }, heard: Heard): () => void {
  const [latest] = useState<{ heard: Heard; here: () => void }>(() => ({ heard, here: () => {} }))
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
    // What Socket.IO keeps for later it sends as often as it was said; once is enough.
    let isHereUntold = false
    latest.here = () => {
      if (socket.connected) socket.emit('here')
      else isHereUntold = true
    }
    socket.on('connect', () => {
      latest.heard.connected()
      if (isHereUntold) socket.emit('here')
      isHereUntold = false
    })
    socket.on('environment', (view: EnvironmentView | null, now: string) => latest.heard.environment?.(view, now))
    socket.on('roster', () => latest.heard.roster?.())
    socket.on('disconnect', (reason) => {
      // We did, and are calling already.
      if (reason === 'io client disconnect') return
      latest.heard.lost()
      // The server hung up: Socket.IO does not come back from that by itself, and it may only be another process's turn.
      if (reason === 'io server disconnect') timer = setTimeout(() => socket.connect(), 1_000)
    })
    socket.on('connect_error', (error: Error & { data?: { code?: string; retry?: boolean } }) => {
      if (error.data?.retry === false) return latest.heard.refused()
      latest.heard.lost()
      if (error.data) timer = setTimeout(() => socket.connect(), 5_000)
    })
    const online = () => {
      // Another network: what stood may be gone without a word.
      socket.disconnect()
      socket.connect()
    }
    window.addEventListener('online', online)
    return () => {
      clearTimeout(timer)
      window.removeEventListener('online', online)
      latest.here = () => {}
      socket.removeAllListeners()
      socket.disconnect()
    }
  }, [launch, roster, latest])
  return useCallback(() => latest.here(), [latest])
}
