/**
 * Pages whose only purpose is to send a form on at once: the answer to an authentication request (OAuth 2.0 form post
 * response mode) and a login initiation by POST. Where scripts do not run, a button does the same.
 */
import { type Answer, escapeHtml, page, policyHash } from './request-door.ts'

const submitAtOnce = 'document.forms[0].submit()'

/** A form to `action` with these fields, submitted as soon as it is there. `sendsTo` are the origins it may end at. */
export function formPost({
  action,
  fields,
  sendsTo,
}: {
  action: string
  fields: Iterable<readonly [string, string]>
  sendsTo: string
}): Answer {
  const inputs = [...fields].map(([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`)
  const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>Opening the lab</title><link rel="icon" href="data:,"></head>
<body><form method="post" action="${escapeHtml(action)}">
${inputs.join('\n')}
<noscript><button>Continue to the lab</button></noscript>
</form><script>${submitAtOnce}</script></body></html>
`
  const policy = [
    "default-src 'none'",
    `script-src ${policyHash(submitAtOnce)}`,
    'img-src data:',
    `form-action 'self' ${sendsTo}`,
    "base-uri 'none'",
    "frame-ancestors 'self'",
  ]
  return page(html, { policy: policy.join('; ') })
}
