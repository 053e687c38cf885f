import { randomBytes } from 'node:crypto'
import { type NextRequest, NextResponse } from 'next/server'
import { config as settings } from '#lib/config.ts'
import { frameAncestorsOf } from '#lib/launches/frame-ancestors.ts'
import { contentSecurityPolicy, launchOf } from '#lib/page-headers.ts'

/** Pages only: what is not a page (routes, files) answers for itself. */
export const config = { matcher: ['/', '/l/:launch', '/l/:launch/class', '/operator', '/operator/environments/:id'] }

/** Gives each page its policy: a fresh nonce for its scripts, and the course that may frame it. */
export async function proxy(request: NextRequest): Promise<NextResponse> {
  const launch = launchOf(request.nextUrl.pathname)
  const policy = contentSecurityPolicy({
    nonce: randomBytes(18).toString('base64'),
    frameAncestors: launch === null ? [] : await frameAncestorsOf(launch),
    development: settings().mode === 'development',
  })
  // Next takes the nonce from the request's copy.
  const headers = new Headers(request.headers)
  headers.set('content-security-policy', policy)
  const response = NextResponse.next({ request: { headers } })
  response.headers.set('content-security-policy', policy)
  response.headers.set('cache-control', 'no-store')
  return response
}
