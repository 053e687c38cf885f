import { requireLaunch } from '#lib/access/login-session.ts'
import { fail } from '#lib/errors.ts'
import { answering } from '#lib/http-answer.ts'
import { labPicture } from '#lib/labs/store.ts'
import { placeOf } from '#lib/launches/place.ts'

type Context = { params: Promise<{ launch: string; path: string[] }> }

/**
 * A picture of the guide that this launch shows. With the version's own `?v=` it is kept for good by this browser. Opened by itself it
 * can do nothing: an SVG is a document too.
 */
export const GET = (request: Request, { params }: Context) =>
  answering(async () => {
    const { launch, path } = await params
    const { labVersionId } = await placeOf(await requireLaunch(launch, request.headers.get('cookie')))
    if (labVersionId === null) throw fail('page.not_found')
    const { revision, type, bytes } = await labPicture(labVersionId, path.join('/'))
    const lasting = new URL(request.url).searchParams.get('v') === revision
    return new Response(new Uint8Array(bytes), {
      headers: {
        'content-type': type,
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        'cross-origin-resource-policy': 'same-origin',
        'cache-control': lasting ? 'private, max-age=31536000, immutable' : 'private, no-cache',
      },
    })
  })
