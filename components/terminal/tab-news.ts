import { useEffect, useMemo, useRef, useState } from 'react'
import { blankNote, useTerminals } from '../desk/terminals.tsx'
import { createLatency } from './latency.ts'

/** A program may ring as often as it likes; nobody is flashed at more often than twice a second. */
const BELL_PAUSE_MS = 500

/** What a terminal tells its tab: its title, that something came or rang while it was out of sight, and how long keys take. */
export function useTabNews(id: string, visible: boolean) {
  const terminals = useTerminals()
  const [bells, setBells] = useState(0)
  const inSight = useRef(visible)
  inSight.current = visible
  // What is painted before anybody has looked is no news.
  const seen = useRef(false)
  useEffect(() => {
    if (!visible) return
    seen.current = true
    terminals.note(id, { unread: false, rang: false })
  }, [terminals, id, visible])
  useEffect(() => () => terminals.note(id, blankNote), [terminals, id])
  const events = useMemo(() => {
    const latency = createLatency()
    let rangAt = Number.NEGATIVE_INFINITY
    return {
      typed: () => latency.typed(performance.now()),
      /** Output, or word from the gateway that it has what was typed: whichever is first tells how long the way is. */
      answered: () => terminals.note(id, { latency: latency.came(performance.now()) }),
      printed() {
        terminals.note(id, { latency: latency.came(performance.now()) })
        if (!inSight.current && seen.current) terminals.note(id, { unread: true })
      },
      titled: (title: string) => terminals.note(id, { title: title.slice(0, 200) }),
      rang() {
        const now = performance.now()
        if (now - rangAt < BELL_PAUSE_MS) return
        rangAt = now
        if (inSight.current) setBells((before) => before + 1)
        else if (seen.current) terminals.note(id, { rang: true })
      },
    }
  }, [terminals, id])
  return { ...events, bells }
}
