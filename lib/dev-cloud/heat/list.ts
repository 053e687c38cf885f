import { Fault } from '../fault.ts'
import type { HttpReply, HttpRequest } from '../http.ts'
import type { JsonMap } from '../json.ts'
import { familyOf, isGone, isMade, type Stack } from '../state.ts'
import { type Heat, ok, pageOf, readLimit } from './api.ts'
import { summaryOf } from './views.ts'

const sortable: Record<string, (stack: Stack) => string | number> = {
  stack_name: (stack) => stack.name,
  stack_status: (stack) => stack.status,
  creation_time: (stack) => stack.createdAt,
  updated_time: (stack) => stack.updatedAt ?? 0,
}

/** Fact 22: newest first; unknown filters and sort keys are ignored; `links.next` whenever the page is full. */
export function listStacks(heat: Heat, request: HttpRequest): HttpReply {
  const { query } = request
  if (query.get('global_tenant')?.toLowerCase() === 'true')
    throw new Fault(403, 'Forbidden', 'You are not authorized to use stacks:global_index.')
  const limit = readLimit(request)
  const found = [...heat.cloud.state.stacks.values()].flatMap(familyOf).filter((stack) => matches(stack, query))
  const sorted = sortStacks(found, query)
  const page = pageOf(sorted, query.get('marker'), limit)
  const body: JsonMap = { stacks: page.map((stack) => summaryOf(heat.cloud, stack)) }
  const last = page.at(-1)
  if (limit !== undefined && page.length === limit && last) {
    const next = new URLSearchParams(query)
    next.set('marker', last.id)
    const path = request.target.split('?')[0] ?? ''
    body.links = [{ rel: 'next', href: `${heat.cloud.heatUrl()}${path}?${next.toString()}` }]
  }
  if (query.get('with_count')?.toLowerCase() === 'true') body.count = found.length
  return ok(body)
}

function matches(stack: Stack, query: URLSearchParams): boolean {
  const isTrue = (key: string) => query.get(key)?.toLowerCase() === 'true'
  if (isGone(stack) && !isTrue('show_deleted')) return false
  if (!isMade(stack) || (stack.parent && !stack.parent.remote && !isTrue('show_nested'))) return false
  const any = (key: string, ...values: string[]) => !query.has(key) || query.getAll(key).some((wanted) => values.includes(wanted))
  const tags = (name: string) => (query.get(name) ?? query.get(name.replaceAll('_', '-')))?.split(',')
  const has = (tag: string) => stack.tags.includes(tag)
  return (
    any('id', stack.id) &&
    any('name', stack.name) &&
    any('stack_name', stack.name) &&
    any('status', `${stack.action}_${stack.status}`, stack.status) &&
    any('action', stack.action) &&
    (tags('tags')?.every(has) ?? true) &&
    (tags('tags_any')?.some(has) ?? true) &&
    !(tags('not_tags')?.every(has) ?? false) &&
    !(tags('not_tags_any')?.some(has) ?? false)
  )
}

function sortStacks(stacks: Stack[], query: URLSearchParams): Stack[] {
  const keys = query
    .getAll('sort_keys')
    .flatMap((value) => value.split(','))
    .filter((key) => Object.hasOwn(sortable, key))
  const descending = (query.get('sort_dir') ?? (keys.length > 0 ? 'asc' : 'desc')) === 'desc'
  const picks = [...keys.map((key) => sortable[key]), (stack: Stack) => Math.floor(stack.createdAt / 1000), (stack: Stack) => stack.id]
  return stacks.sort((a, b) => {
    for (const pick of picks) {
      const [left, right] = [pick?.(a) ?? '', pick?.(b) ?? '']
      if (left !== right) return (left < right ? -1 : 1) * (descending ? -1 : 1)
    }
    return 0
  })
}
