import { prisma } from '../db.ts'

export type FramingRegistration = { issuer: string; authorizationUrl: string; loopbackOrigin: string | null }

/**
 * Who may show us in a frame, as sources for CSP `frame-ancestors`: the platform's own origins, and hosts below them, because every
 * frame up to the top is checked and Open edX shows its courses from `apps.<host>`.
 */
export function frameAncestors(registration: FramingRegistration): string[] {
  const { issuer, authorizationUrl, loopbackOrigin } = registration
  const origins = [issuer, authorizationUrl].filter((address) => URL.canParse(address)).map((address) => new URL(address))
  const sources = origins.flatMap((url) => {
    if (url.protocol === 'https:') return /^[\d.[\]:]+$/.test(url.host) ? [url.origin] : [url.origin, `https://*.${url.host}`]
    return url.origin === loopbackOrigin ? [url.origin] : []
  })
  return [...new Set(sources)]
}

/** The sources for the pages of one launch; ours alone when it is unknown or has a window of its own. */
export async function frameAncestorsOf(launchId: string): Promise<string[]> {
  if (!/^[0-9a-f-]{36}$/.test(launchId)) return ["'none'"]
  const launch = await prisma().launch.findUnique({
    where: { id: launchId },
    select: { openedFromId: true, registration: { select: { issuer: true, authorizationUrl: true, loopbackOrigin: true } } },
  })
  return launch && launch.openedFromId === null ? frameAncestors(launch.registration) : ["'none'"]
}
