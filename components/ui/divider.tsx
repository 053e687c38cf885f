'use client'

import { type KeyboardEvent, type PointerEvent, useRef } from 'react'

type Props = {
  label: string
  /** `vertical`: a line from top to bottom, between left and right. */
  orientation: 'vertical' | 'horizontal'
  /** How much of both sides lies before the line, 0 to 1. */
  share: number
  /** The same as it is seen now, where `share` is only what is wished for. */
  measure?: () => number
  /** Both sides together, in pixels. */
  extent: () => number
  onChange: (share: number) => void
  className?: string
  style?: React.CSSProperties
}

const STEP_PIXELS = 16
const STRIDE_PIXELS = 64

/** A line between two sides that can be moved: by hand, and by the arrow keys, Home and End (WAI-ARIA, window splitter). */
export function Divider({ label, orientation, share, measure = () => share, extent, onChange, className = '', style }: Props) {
  const start = useRef<{ at: number; share: number } | null>(null)
  const isVertical = orientation === 'vertical'
  const place = (event: PointerEvent) => (isVertical ? event.clientX : event.clientY)
  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    if (event.button !== 0) return
    event.currentTarget.setPointerCapture(event.pointerId)
    event.preventDefault()
    event.currentTarget.focus()
    start.current = { at: place(event), share: measure() }
  }
  const onPointerMove = (event: PointerEvent) => {
    if (start.current && extent() > 0) onChange(start.current.share + (place(event) - start.current.at) / extent())
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const back = isVertical ? 'ArrowLeft' : 'ArrowUp'
    const on = isVertical ? 'ArrowRight' : 'ArrowDown'
    const step = (event.shiftKey ? STRIDE_PIXELS : STEP_PIXELS) / Math.max(1, extent())
    const next = { [back]: measure() - step, [on]: measure() + step, Home: 0, End: 1 }[event.key]
    if (next === undefined) return
    event.preventDefault()
    onChange(next)
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a line of a text cannot be moved
    <div
      role="separator"
      tabIndex={0}
      aria-label={label}
      aria-orientation={orientation}
      aria-valuenow={Math.round(share * 100)}
      aria-valuemin={0}
      aria-valuemax={100}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={() => {
        start.current = null
      }}
      onPointerCancel={() => {
        start.current = null
      }}
      onKeyDown={onKeyDown}
      style={style}
      className={`relative z-10 touch-none bg-line after:absolute hover:bg-line-strong focus-visible:bg-accent focus-visible:outline-offset-0 ${
        isVertical ? 'w-px cursor-col-resize after:inset-y-0 after:-inset-x-1' : 'h-px cursor-row-resize after:inset-x-0 after:-inset-y-1'
      } ${className}`}
    />
  )
}
