/**
 * The course's pages as text. Every page works without scripts but for the height of the frame; nothing is loaded from
 * anywhere but this origin and the tool's.
 */
import { type Course, collegeName, courses, displayName, findPerson, mainCourse, type Person, type ResourceLink } from './course-content.ts'
import { labScript } from './lab-script.ts'
import { pageStyle } from './page-style.ts'
import { type Answer, page, policyHash, escapeHtml as text } from './request-door.ts'

/** Who looks at a page of which course. */
export type Visit = { readonly person: Person; readonly course: Course }

/** What the lab's page must know about the tool. */
export type ToolFrame = { readonly toolOrigin: string; readonly platformStorage: boolean }

const icon =
  'data:image/svg+xml,' +
  encodeURIComponent(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#7a1f2b"/><path d="M5 12V4l6 8V4" fill="none" stroke="#fff" stroke-width="1.6"/></svg>',
  )

/** The least rights a page of ours needs. `frame` is the tool's origin on the lab's page; `framed`: the course may embed it. */
function policy({ frame, framed = false }: { frame?: string; framed?: boolean } = {}): string {
  return [
    "default-src 'none'",
    `style-src ${policyHash(pageStyle)}`,
    ...(frame === undefined ? [] : [`script-src ${policyHash(labScript)}`, `frame-src 'self' ${frame}`]),
    'img-src data:',
    "form-action 'none'",
    "base-uri 'none'",
    `frame-ancestors ${framed ? "'self'" : "'none'"}`,
  ].join('; ')
}

type Shell = { readonly title: string; readonly who?: Person; readonly body: string; readonly script?: string }

function html({ title, who, body, script }: Shell): string {
  const signedIn =
    who === undefined
      ? ''
      : `<span class="who"><span>${text(displayName(who))}</span><a href="/">Switch<span class="wide"> person</span></a></span>`
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<title>${text(title)}</title><link rel="icon" href="${text(icon)}"><style>${pageStyle}</style></head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header class="bar"><div><a class="college" href="/">${text(collegeName)}</a>${signedIn}</div></header>
${body}
<footer>${text(collegeName)} is invented. This is a demonstration course.</footer>
${script === undefined ? '' : `<script>${script}</script>`}</body></html>
`
}

/** `/`: the front of the course, where one chooses who to be. */
export function frontPage(): Answer {
  const course = courses.find(({ key }) => key === mainCourse) as Course
  const members = Object.entries(course.members).flatMap(([key, role]) => {
    const person = findPerson(key)
    return person === undefined
      ? []
      : [`<li><a href="/as/${key}"><b>Enter as ${text(displayName(person))}</b><span>${role}</span></a></li>`]
  })
  const body = `<main class="narrow" id="content">
<p class="label">${text(course.label)} · ${text(course.term)}</p>
<h1>${text(course.title)}</h1>
<p class="lead">${text(course.welcome)}</p>
<h2>Who are you today?</h2>
<ul class="list">${members.join('')}</ul>
<div class="aside"><p>This course stands in for your own learning platform. It opens the lab as Moodle, Canvas or Open edX would, by a signed LTI 1.3 launch, and knows the lab only by that.</p>
<p>Nobody asks for a password here. Open a second tab to be somebody else at the same time.</p></div>
</main>`
  return page(html({ title: `${course.title} · ${collegeName}`, body }), { policy: policy() })
}

type Part = { readonly href: string; readonly title: string; readonly note: string }

/** The unit in its order: reading pages, then labs. */
function partsOf({ person, course }: Visit): Part[] {
  const readings = course.readings.map(({ key, title, minutes }) => ({
    href: `/as/${person.key}/read/${key}`,
    title,
    note: `${minutes} min`,
  }))
  const labs = course.links.map(({ key, title }) => ({ href: `/as/${person.key}/lab/${key}`, title: `Lab: ${title}`, note: 'hands-on' }))
  return [...readings, ...labs]
}

/** `/as/PERSON`: the course as somebody sees it. */
export function coursePage(visit: Visit): Answer {
  const { person, course } = visit
  const parts = partsOf(visit).map(({ href, title, note }) => `<li><a href="${href}"><b>${text(title)}</b><span>${note}</span></a></li>`)
  const body = `<main class="narrow" id="content">
<p class="label">${text(course.label)} · ${text(course.term)}</p>
<h1>${text(course.title)}</h1>
<p class="lead">${text(course.welcome)}</p>
<h2>${text(course.unit)}</h2>
<ol class="list">${parts.join('')}</ol>
${course.members[person.key] === 'instructor' ? roster(course) : ''}
</main>`
  return page(html({ title: `${course.title} · ${collegeName}`, who: person, body }), { policy: policy() })
}

function roster(course: Course): string {
  const rows = Object.entries(course.members).flatMap(([key, role]) => {
    const person = findPerson(key)
    return person === undefined ? [] : [`<li><div class="row"><b>${text(displayName(person))}</b><span>${role}</span></div></li>`]
  })
  return `<h2>People in this course</h2><ul class="list">${rows.join('')}</ul>`
}

/** The page of one part of the unit: breadcrumb, unit navigation, the part itself, the way on. */
function partPage(visit: Visit, { href, main, script, frame }: { href: string; main: string; script?: string; frame?: string }): Answer {
  const { person, course } = visit
  const parts = partsOf(visit)
  const place = parts.findIndex((part) => part.href === href)
  const [before, after] = [parts[place - 1], parts[place + 1]]
  const items = parts.map(
    (part) => `<li><a href="${part.href}"${part.href === href ? ' aria-current="page"' : ''}>${text(part.title)}</a></li>`,
  )
  const back = before === undefined ? '' : `<a class="previous" href="${before.href}">‹ ${text(before.title)}</a>`
  const on = after === undefined ? '' : `<a class="next" href="${after.href}">${text(after.title)} ›</a>`
  const body = `<nav class="crumb" aria-label="Breadcrumb"><ol><li><a href="/as/${person.key}">${text(course.title)}</a></li><li>${text(course.unit)}</li></ol></nav>
<div class="columns">
<nav class="units" aria-label="This unit"><h2>${text(course.unit)}</h2><ol>${items.join('')}</ol></nav>
<main id="content" aria-labelledby="title">${main}<nav class="pager" aria-label="Before and after">${back}${on}</nav></main>
</div>`
  const title = `${parts[place]?.title ?? course.unit} · ${course.label} · ${collegeName}`
  return page(html({ title, who: person, body, script }), { policy: policy({ frame }) })
}

/** `/as/PERSON/read/PAGE`: a page to read; null where the course has none of this key. */
export function readingPage(visit: Visit, key: string): Answer | null {
  const reading = visit.course.readings.find((one) => one.key === key)
  if (reading === undefined) return null
  const paragraphs = reading.paragraphs.map((paragraph) => `<p>${text(paragraph)}</p>`).join('\n')
  const main = `<h1 id="title">${text(reading.title)}</h1><p class="lead">About ${reading.minutes} minutes to read.</p><div class="prose">${paragraphs}</div>`
  return partPage(visit, { href: `/as/${visit.person.key}/read/${key}`, main })
}

/** What Open edX grants its frames (xblock-lti-consumer, lti_iframe.html): no clipboard among it. */
const frameRights = ['microphone *', 'camera *', 'midi *', 'geolocation *', 'encrypted-media *'].join('; ')

/** `/as/PERSON/lab/LAB`: the lab in its frame. */
export function labPage(visit: Visit, link: ResourceLink, { toolOrigin, platformStorage }: ToolFrame): Answer {
  const href = `/as/${visit.person.key}/lab/${link.key}`
  const main = `<h1 id="title">Lab: ${text(link.title)}</h1>
<p class="lead intro">${text(link.description)}</p>
<div class="stage" data-tool="${text(toolOrigin)}" data-storage="${platformStorage ? 'on' : 'off'}" aria-busy="true">
<p class="wait" role="status" hidden>Opening the lab.</p>
<iframe title="Lab: ${text(link.title)}" src="${href}/start" allow="${frameRights}" allowfullscreen></iframe>
</div>
<div class="under"><a href="${href}/start?window=1" target="_blank" rel="noopener">Open the lab in a new window</a><span>Your work stays as it is between visits.</span></div>`
  return partPage(visit, { href, main, script: labScript, frame: toolOrigin })
}

export type Notice = {
  readonly status: number
  readonly title: string
  readonly sentences: readonly string[]
  readonly link?: { href: string; label: string }
}

/** A page that says one thing, in a window or in the frame. */
export function noticePage({ status, title, sentences, link }: Notice): Answer {
  const way = link === undefined ? '' : `<a class="button" href="${text(link.href)}">${text(link.label)}</a>`
  const body = `<div class="plain"><main><h1>${text(title)}</h1>${sentences.map((one) => `<p>${text(one)}</p>`).join('')}${way}</main></div>`
  const whole = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<title>${text(title)}</title><link rel="icon" href="${text(icon)}"><style>${pageStyle}</style></head><body>${body}</body></html>
`
  return page(whole, { status, policy: policy({ framed: true }) })
}
