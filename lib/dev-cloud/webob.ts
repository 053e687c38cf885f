import type { HttpReply } from './http.ts'

const titles: Record<number, string> = {
  300: 'Multiple Choices',
  302: 'Found',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  413: 'Request Entity Too Large',
}

export const notFound = 'The resource could not be found.'
export const malformed = 'The server could not comply with the request since it is either malformed or otherwise incorrect.'

/** An error in the shape of webob, the library under OpenStack's services, where a service has none of its own for it. */
export function webobReply(status: number, explanation: string, detail = ''): HttpReply {
  const title = titles[status] ?? 'Internal Server Error'
  return { status, body: { message: `${explanation}<br /><br />\n${detail}\n\n`, code: `${status} ${title}`, title } }
}
