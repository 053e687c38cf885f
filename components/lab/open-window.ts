import { postJson } from '../ui/post-json.ts'

/**
 * Opens this launch in a window of its own. The frame's cookie does not travel, so the address carries a code that works once.
 * The window is opened first and sent there afterwards: browsers open one only while a click is being handled.
 * @returns why not, as a sentence; '' where nobody answered; null where all is well
 */
export async function openOwnWindow(launchId: string): Promise<string | null> {
  const opened = window.open('about:blank', '_blank')
  const answer = await postJson(`/l/${launchId}/window`, {})
  const address = answer.ok ? addressOf(answer.body) : null
  if (opened && address !== null) {
    opened.location.href = address
    return null
  }
  opened?.close()
  return answer.ok ? '' : (answer.sentence ?? '')
}

function addressOf(body: unknown): string | null {
  if (typeof body !== 'object' || body === null || !('url' in body) || typeof body.url !== 'string') return null
  return new URL(body.url, window.location.href).origin === window.location.origin ? body.url : null
}
