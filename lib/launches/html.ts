import { randomBytes } from 'node:crypto'

/*
 * The few pages that stand between a course and the lab: plain HTML, no framework, nothing fetched. Their look is
 * app/tokens.css in miniature.
 */

/** Text for HTML content and quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;')
}

/** Data for a script of the page: JSON that cannot end its element. */
export function dataElement(id: string, value: unknown): string {
  const json = JSON.stringify(value).replaceAll('<', '\\u003c').replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')
  return `<script type="application/json" id="${id}">${json}</script>`
}

export type Page = {
  status: number
  title: string
  /** HTML, escaped by whoever wrote it. */
  body: string
  /** The body of a script, if the page has one. */
  script?: string
  /** Sources for CSP `form-action`; none: the page has no form. */
  formAction?: readonly string[]
  /** Sources for CSP `frame-ancestors`. */
  frameAncestors: readonly string[]
  setCookies?: readonly string[]
}

const style = `
:root{color-scheme:light dark;--canvas:light-dark(oklch(.975 .004 90),oklch(.17 .014 252));--surface:light-dark(oklch(.993 .002 90),oklch(.205 .015 252));
--line:light-dark(oklch(.905 .007 90),oklch(.29 .016 252));--ink:light-dark(oklch(.23 .02 252),oklch(.95 .005 90));--ink-2:light-dark(oklch(.41 .018 252),oklch(.8 .01 252));
--ink-3:light-dark(oklch(.5 .016 252),oklch(.69 .014 252));--accent:light-dark(oklch(.45 .07 205),oklch(.8 .08 195));--accent-hover:light-dark(oklch(.39 .065 205),oklch(.855 .075 195));
--on-accent:light-dark(oklch(.99 .005 195),oklch(.21 .035 215));--focus:light-dark(oklch(.55 .094 215),oklch(.8 .1 200));--brass:light-dark(oklch(.62 .11 76),oklch(.8 .105 84))}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:24px;background:var(--canvas);color:var(--ink);
font:15px/1.6 "Inter Variable",Inter,ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif}
main{width:100%;max-width:34rem;padding:28px;background:var(--surface);border:1px solid var(--line);border-radius:10px}
svg{width:28px;height:28px;display:block}svg .star{fill:var(--brass);stroke:none}
h1{margin:16px 0 8px;font-size:20px;line-height:26px;font-weight:600;letter-spacing:-.015em;text-wrap:balance}
p{margin:0 0 12px;color:var(--ink-2);overflow-wrap:anywhere}
.small{margin:20px 0 0;padding-top:14px;border-top:1px solid var(--line);font-size:13px;line-height:20px;color:var(--ink-3)}
code{font:13px/20px "JetBrains Mono Variable",ui-monospace,"SF Mono",Menlo,Consolas,"Liberation Mono",monospace}
.act{display:inline-block;min-height:38px;margin-top:8px;padding:8px 16px;border:0;border-radius:7px;background:var(--accent);color:var(--on-accent);
font:inherit;font-weight:500;line-height:22px;text-decoration:none;cursor:pointer}
.act:hover{background:var(--accent-hover)}.act:focus-visible{outline:2px solid var(--focus);outline-offset:2px}
@media(pointer:coarse){.act{min-height:44px;padding:11px 18px}}`

const mark = `<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" aria-hidden="true"><circle cx="12" cy="13.25" r="9"/><circle cx="12" cy="2.4" r="1.4" stroke-width="1.2"/><circle cx="12" cy="15.9" r="5" stroke-width="1.1"/><path d="M5.8 19.45 18.2 7.05" stroke-width="1.1"/><path class="star" d="M15.4 6.1c.43 2.58 1.17 3.32 3.75 3.75-2.58.43-3.32 1.17-3.75 3.75-.43-2.58-1.17-3.32-3.75-3.75 2.58-.43 3.32-1.17 3.75-3.75Z"/></svg>`

/**
 * A whole answer. Its policy allows this page's own style and script and nothing else.
 * `Referrer-Policy` is `same-origin`, not `no-referrer`, on pages with a form: with the latter a browser would send `Origin: null`
 * and the form could not show that it is ours. To other sites both send nothing.
 */
export function htmlResponse(page: Page): Response {
  const nonce = randomBytes(18).toString('base64')
  const policy = [
    "default-src 'none'",
    `style-src 'nonce-${nonce}'`,
    ...(page.script ? [`script-src 'nonce-${nonce}'`] : []),
    `form-action ${page.formAction?.join(' ') ?? "'none'"}`,
    "base-uri 'none'",
    `frame-ancestors ${page.frameAncestors.join(' ') || "'none'"}`,
  ]
  const headers = new Headers({
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': policy.join('; '),
    'referrer-policy': page.formAction ? 'same-origin' : 'no-referrer',
    'x-content-type-options': 'nosniff',
  })
  for (const cookie of page.setCookies ?? []) headers.append('set-cookie', cookie)
  const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
<title>${escapeHtml(page.title)}</title><style nonce="${nonce}">${style}</style></head>
<body><main>${mark}<h1>${escapeHtml(page.title)}</h1>
${page.body}
</main>${page.script ? `<script nonce="${nonce}">${page.script}</script>` : ''}</body></html>
`
  return new Response(html, { status: page.status, headers })
}

/** A redirect that no cache keeps and that tells nobody where it came from; always a GET afterwards (RFC 9110 15.4.4). */
export function seeOther(location: string, setCookies: readonly string[] = []): Response {
  const headers = new Headers({ location, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
  for (const cookie of setCookies) headers.append('set-cookie', cookie)
  return new Response(null, { status: 303, headers })
}
