/*
 * What a browser is told about our pages besides the page. Pure.
 */

/** @param frameAncestors sources that may show the page in a frame; none: nobody may */
export type PagePolicy = { nonce: string; frameAncestors: readonly string[]; development: boolean }

/**
 * The Content-Security-Policy of a page. Scripts carry the nonce or are our own files; styles may stand in the page, since xterm.js and
 * Radix write them; pictures in guides are data: URLs; everything else is ours. There is no X-Frame-Options: it cannot name a course.
 */
export function contentSecurityPolicy({ nonce, frameAncestors, development }: PagePolicy): string {
  return [
    "default-src 'self'",
    // React's development build says what went wrong by way of eval.
    `script-src 'self' 'nonce-${nonce}'${development ? " 'unsafe-eval'" : ''}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "object-src 'none'",
    "frame-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    `frame-ancestors ${frameAncestors.length > 0 ? frameAncestors.join(' ') : "'none'"}`,
  ].join('; ')
}

/** The launch whose page an address is, or null: the pages of a launch may stand in its course's frame, no other page in any. */
export function launchOf(pathname: string): string | null {
  return /^\/l\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:\/|$)/.exec(pathname)?.[1] ?? null
}
