const TICKS = 60

/** One mark of the dial, a longer one at each fifth. */
function tick(index: number): string {
  const angle = (index / TICKS) * 2 * Math.PI
  const [inner, outer] = index % 5 === 0 ? [36, 44] : [38, 42]
  const at = (radius: number) => `${(48 + radius * Math.sin(angle)).toFixed(2)} ${(48 - radius * Math.cos(angle)).toFixed(2)}`
  return `M${at(outer)}L${at(inner)}`
}

const ticks = Array.from({ length: TICKS }, (_, index) => tick(index))

/** How much of the warning's time is left: the marks up to the hand. The words beside it say the same. */
export function SleepDial({ share, calm = false, className }: { share: number; calm?: boolean; className?: string }) {
  const left = Math.ceil(share * TICKS)
  const lit = calm ? 'stroke-ok' : 'stroke-warn'
  return (
    <svg viewBox="0 0 96 96" className={`flex-none ${className ?? ''}`} fill="none" strokeWidth="1.5" aria-hidden="true">
      <path className="stroke-line-strong" d={ticks.slice(left).join('')} />
      <path className={lit} d={ticks.slice(0, left).join('')} />
      <path className="stroke-ink" strokeWidth="2" strokeLinecap="round" d="M48 48V17" transform={`rotate(${share * 360} 48 48)`} />
      <circle className="fill-ink" cx="48" cy="48" r="3" />
    </svg>
  )
}
