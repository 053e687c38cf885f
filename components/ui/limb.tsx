import type { CSSProperties } from 'react'

/** The graduated edge: how far along, from 0 to `max`. `text` is what a screen reader says instead of the number. */
export function Limb({ label, value, max, text }: { label: string; value: number; max: number; text: string }) {
  const reached = max === 0 ? 0 : Math.round((value / max) * 1000) / 10
  return (
    <div
      className="limb"
      style={{ '--reached': `${reached}%` } as CSSProperties}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={max}
      aria-valuenow={value}
      aria-valuetext={text}
    />
  )
}
