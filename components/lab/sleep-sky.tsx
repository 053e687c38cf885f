/** The sky over sleeping machines, as an astrolabe's plate draws it. */
export function SleepSky() {
  return (
    <svg viewBox="0 0 320 120" fill="none" aria-hidden="true" className="h-auto w-[min(20rem,80%)] overflow-hidden short:w-50">
      <g className="stroke-line">
        <path d="M10 118a150 150 0 0 1 300 0M50 118a110 110 0 0 1 220 0M90 118a70 70 0 0 1 140 0" />
        <path d="M160 118V-40M160 118 40 10M160 118 280 10M160 118 0 70M160 118 320 70" />
      </g>
      <g className="fill-brass">
        <path d="M209 34c.5 3.6 1.6 4.7 5.2 5.2-3.6.5-4.7 1.6-5.2 5.2-.5-3.6-1.6-4.7-5.2-5.2 3.6-.5 4.7-1.6 5.2-5.2Z" />
        <circle cx="112" cy="50" r="1.6" />
        <circle cx="86" cy="86" r="1.2" />
        <circle cx="247" cy="78" r="1.4" />
        <circle cx="168" cy="18" r="1.2" />
        <circle cx="139" cy="78" r="1" />
      </g>
    </svg>
  )
}
