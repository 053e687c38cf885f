import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from '@playwright/test'
import { enterCourse, openLab } from '../e2e/people.ts'
import type { Product } from '../e2e/product.ts'
import { openRows } from './environment-row.ts'
import { commandBlocks, openTerminals, type Terminals } from './guide-reader.ts'
import { atMost, type Figure } from './report.ts'

/*
 * What a learner does in *Ceph in three nodes*, by clicks and keys alone: a first `ceph -s`, an object that outlives a sleep and a stop of
 * the whole demo, and an OSD broken and healed by the guide's own commands, taken from its text.
 */

/** Well beyond any bar: what is late is to be measured, not cut off. */
const PATIENCE_MS = 150_000

export type Visit = { context: BrowserContext; page: Page; terminals: Terminals; tookMs: number }

/** A click in the course, then `ceph -s` at node1's first prompt, until it has answered HEALTH_OK. */
export async function launchCeph(browser: Browser, product: Product): Promise<Visit> {
  const context = await browser.newContext()
  const page = await enterCourse(context, product.course, 'ada')
  const began = performance.now()
  await openLab(page, 'ceph')
  const terminals = await openTerminals(page, PATIENCE_MS)
  for (;;) {
    const answer = await terminals.type('node1', 'ceph -s')
    if (/health:\s*HEALTH_OK/.test(answer)) return { context, page, terminals, tookMs: performance.now() - began }
  }
}

/** The last line of what a command answers. */
export const ask = async ({ terminals }: Visit, host: string, text: string) => (await terminals.type(host, text)).split('\n').at(-1) ?? ''

export const seconds = (ms: number) => Math.round(ms / 100) / 10
const count = (value: boolean) => atMost(value ? 0 : 1, 'failures', 0)

/** "Sleep now", as the page asks for it; resolves once everything sleeps and the page is closed. */
async function fallAsleep({ context, page }: Visit, product: Product): Promise<void> {
  const frame = page.frames().find((candidate) => candidate.url().startsWith(product.origin))
  const status = await frame?.evaluate(async () => {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }
    return (await fetch(`${location.pathname}/sleep`, init)).status
  })
  if (status !== 202) throw new Error(`sleep was answered with ${status}`)
  const rows = await openRows(product.databaseUrl, () => product.output().slice(-3000))
  await rows.when(({ phase }) => phase === 'suspended', 60_000)
  await rows.close()
  await context.close()
}

/** Types what a step of the guide tells, block for block; what it answered, by block. */
async function follow({ terminals }: Visit, step: string): Promise<string[]> {
  const answers: string[] = []
  for (const { host, text } of commandBlocks(readFileSync(join('heat-templates', 'ceph', 'guide', step), 'utf8')))
    answers.push(await terminals.type(host, text))
  return answers
}

/** A sleep, an outage, a lost disk and its healing. @returns the figures by what they are of, and the visit that goes on */
export async function liveThrough(
  browser: Browser,
  product: Product,
  first: Visit,
): Promise<{ visit: Visit; figures: Record<string, Figure> }> {
  const figures: Record<string, Figure> = {}
  await follow(first, '04-objects.md')
  await ask(first, 'node2', 'echo kept-$((6*7)) | rados -p lab put kept -')
  await fallAsleep(first, product)
  const visit = await launchCeph(browser, product)
  figures['asleep to HEALTH_OK'] = { value: seconds(visit.tookMs), unit: 's' }
  figures['object written before the sleep'] = count(await hasKept(visit, 'node3'))

  const outage = await follow(visit, '07-outage.md')
  figures['an outage shows'] = count(outage.some((answer) => /osds? down/.test(answer)))
  const loss = await follow(visit, '08-loss.md')
  figures['a lost disk shows'] = count(loss.some((answer) => /osds? down/.test(answer)))
  const began = performance.now()
  const healed = await follow(visit, '09-heal.md')
  const last = healed.at(-1) ?? ''
  figures['healed by the guide'] = count(/health:\s*HEALTH_OK/.test(last) && /before the outage/.test(last))
  figures['heal step'] = { value: seconds(performance.now() - began), unit: 's' }
  return { visit, figures }
}

/** After a stop of the whole demo, which machines' memory does not outlive and their disks do. @param product started over the same data */
export async function comeBack(browser: Browser, product: Product): Promise<{ visit: Visit; figures: Record<string, Figure> }> {
  const visit = await launchCeph(browser, product)
  const figures = {
    'stopped demo to HEALTH_OK': { value: seconds(visit.tookMs), unit: 's' },
    'object written before the stop': count(await hasKept(visit, 'node1')),
  }
  return { visit, figures }
}

const hasKept = async (visit: Visit, host: string) => (await ask(visit, host, 'rados -p lab get kept -')) === 'kept-42'

/** Figures under the name of what they belong to. */
export function under(name: string, figures: Record<string, Figure>): Record<string, Figure> {
  return Object.fromEntries(Object.entries(figures).map(([what, figure]) => [`${name}${what}`, figure]))
}
