/** The astrolabe: all lines take the text colour, only the star is brass. */
export function Mark({ className = 'size-5.5' }: { className?: string }) {
  return (
    <svg
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      className={`flex-none ${className}`}
      aria-hidden="true"
    >
      <circle cx="12" cy="13.25" r="9" />
      <circle cx="12" cy="2.4" r="1.4" strokeWidth="1.2" />
      <circle cx="12" cy="15.9" r="5" strokeWidth="1.1" />
      <path d="M5.8 19.45 18.2 7.05" strokeWidth="1.1" />
      <path
        className="fill-brass"
        stroke="none"
        d="M15.4 6.1c.43 2.58 1.17 3.32 3.75 3.75-2.58.43-3.32 1.17-3.75 3.75-.43-2.58-1.17-3.32-3.75-3.75 2.58-.43 3.32-1.17 3.75-3.75Z"
      />
    </svg>
  )
}
