import { z } from 'zod'
import { Fault } from '../fault.ts'
import type { JsonMap } from '../json.ts'

/*
 * The ways in which this cloud can be told to misbehave (control.ts). A rule may be narrowed by service, by verb, by the beginning of a
 * stack's name, and by how often it applies.
 */

const place = {
  service: z.enum(['identity', 'heat', 'nova']).optional(),
  verb: z.string().min(1).optional(),
}
const narrow = {
  /** The beginning of the names of the stacks that it is about. */
  stack: z.string().min(1).optional(),
  /** How often it applies; absent: always. */
  count: z.int().min(1).optional(),
}
/** After so many milliseconds it is taken away by itself. */
const passing = { forMs: z.int().min(1).optional() }
const ms = z.int().min(0).max(86_400_000)
const ofAction = { ...place, service: z.enum(['heat', 'nova']).default('heat'), ...narrow, ...passing }

const ways = [
  z.strictObject({ way: z.literal('slow-call'), ms, ...place, ...narrow, ...passing }),
  z.strictObject({ way: z.literal('slow-action'), ms, ...ofAction }),
  z.strictObject({ way: z.literal('fail'), reason: z.string().min(1).optional(), ...ofAction }),
  z.strictObject({
    way: z.literal('refuse'),
    service: z.literal('nova').default('nova'),
    verb: z.string().min(1).default('suspend'),
    ...narrow,
    ...passing,
  }),
  z.strictObject({ way: z.literal('quota'), ...narrow, ...passing }),
  z.strictObject({ way: z.literal('quota-floating-ips'), ...narrow, ...passing }),
  z.strictObject({ way: z.literal('quota-stacks'), ...narrow, ...passing }),
  z.strictObject({ way: z.literal('mute'), ...narrow, ...passing }),
  z.strictObject({
    way: z.literal('answer-error'),
    status: z.union([z.literal(500), z.literal(502), z.literal(503), z.literal(504)]).default(500),
    ...place,
    ...narrow,
    ...passing,
  }),
  z.strictObject({ way: z.literal('lie'), says: z.string().regex(/^(absent|complete|[A-Z_]+)$/), ...ofAction }),
  z.strictObject({ way: z.literal('drop-before'), ...place, ...narrow, ...passing }),
  z.strictObject({ way: z.literal('drop-after'), ...place, ...narrow, ...passing }),
  z.strictObject({ way: z.literal('hang'), ...place, ...narrow, ...passing }),
  z.strictObject({ way: z.literal('vanish'), service: place.service, ...passing }),
  z.strictObject({ way: z.literal('stop-engine'), answerAfterMs: ms.default(60_000), ...passing }),
] as const
const schema = z.discriminatedUnion('way', ways)

export type Rule = z.infer<typeof schema> & { id: string; used: number }
export type Way = Rule['way']
export type RuleOf<W extends Way> = Extract<Rule, { way: W }>

/** What happens where: a call, or an action that was asked for earlier. */
export type Occasion = { service: string; verb: string; stack: string | null }

export type Rules = {
  /** Throws the Fault 400 that says what is wrong with it. Resolves when it is in force. */
  add(rule: unknown): Promise<Rule>
  /** False: there is no such rule. Resolves when it is in force no more. */
  remove(id: string): Promise<boolean>
  clear(): Promise<void>
  list(): JsonMap[]
  /** The oldest rule of a way that still applies to an occasion. */
  find<W extends Way>(way: W, at?: Occasion): RuleOf<W> | undefined
  /** Counts that a rule was applied. */
  use(rule: Rule): void
  /** Both. */
  take<W extends Way>(way: W, at: Occasion): RuleOf<W> | undefined
  /** Resolves when a rule is taken away. */
  gone(rule: Rule): Promise<void>
  /** Ends every wait; no rule applies any more. */
  close(): void
}

type Entry = { rule: Rule; gone: PromiseWithResolvers<void>; forget: () => void }

/** `changed` is called after each change and awaited: what a rule switches off is off when it is told to be. */
export function createRules(options: {
  setTimer: (afterMs: number, what: () => void) => () => void
  changed: () => Promise<void>
  log: (line: string) => void
}): Rules {
  const entries = new Map<string, Entry>()
  let last = 0

  const drop = (id: string): boolean => {
    const entry = entries.get(id)
    entry?.forget()
    entries.delete(id)
    entry?.gone.resolve()
    return entry !== undefined
  }
  const remove = async (id: string) => {
    const was = drop(id)
    if (was) await options.changed()
    return was
  }
  const passes = (id: string) => {
    remove(id).catch((error: unknown) => options.log(`a rule could not be taken away: ${String(error)}`))
  }
  const find = <W extends Way>(way: W, at?: Occasion) => {
    for (const { rule } of entries.values()) {
      if (isOf(rule, way) && applies(rule, at)) return rule
    }
    return undefined
  }
  const use = (rule: Rule) => {
    rule.used += 1
  }
  return {
    async add(given) {
      const parsed = schema.safeParse(given)
      if (!parsed.success) throw new Fault(400, 'BadRequest', z.prettifyError(parsed.error))
      last += 1
      const rule: Rule = { id: String(last), used: 0, ...parsed.data }
      const { id, forMs } = rule
      const forget = forMs === undefined ? () => undefined : options.setTimer(forMs, () => passes(id))
      entries.set(id, { rule, gone: Promise.withResolvers(), forget })
      await options.changed()
      return rule
    },
    remove,
    async clear() {
      for (const id of entries.keys()) drop(id)
      await options.changed()
    },
    list: () => [...entries.values()].map(({ rule }) => shown(rule)),
    find,
    use,
    take(way, at) {
      const rule = find(way, at)
      if (rule) use(rule)
      return rule
    },
    gone: (rule) => entries.get(rule.id)?.gone.promise ?? Promise.resolve(),
    close() {
      for (const id of entries.keys()) drop(id)
    },
  }
}

type Narrowing = { way: Way; service?: string | undefined; verb?: string | undefined; stack?: string | undefined }

function isOf<W extends Way>(rule: Rule, way: W): rule is RuleOf<W> {
  return rule.way === way
}

/** A rule without a narrowing fits everything. */
function applies(rule: Rule, at: Occasion | undefined): boolean {
  if ('count' in rule && rule.count !== undefined && rule.used >= rule.count) return false
  if (!at) return true
  const { service, verb, stack }: Narrowing = rule
  return (
    (service === undefined || service === at.service) &&
    (verb === undefined || verb === at.verb) &&
    (stack === undefined || (at.stack?.startsWith(stack) ?? false))
  )
}

export function shown(rule: Rule): JsonMap {
  const left = 'count' in rule && rule.count !== undefined ? { left: rule.count - rule.used } : {}
  return { ...rule, ...left } as JsonMap
}
