import { cloudFailure, type OpenCloud } from '../clouds.ts'
import { passing } from '../crash-points.ts'
import { inTransaction } from '../db.ts'
import { type Failure, type FailureCode, isFailure } from '../errors.ts'
import { stackParameters } from '../labs/lab.ts'
import { isHeatError, type StackRef } from '../openstack-heat-client/index.ts'
import { seal } from '../secrets.ts'
import type { Outcome } from './account.ts'
import { guarded } from './held-claim.ts'
import { KEY_PAIR_PURPOSE, makeSshKeyPair } from './key-pair.ts'
import { createMinutes, type Loaded, type StackRow } from './load.ts'
import { type PowerOrder, switchPower } from './power.ts'

export type Done = { outcome: Outcome; ref: StackRef | null }

export type CallContext = {
  cloud: OpenCloud
  tag: string
  now: () => number
  signal: AbortSignal
  /** Asked right before a call: whoever stood still meanwhile may not be alone any more, and calls nobody. @throws StaleClaim */
  stillOurs: () => Promise<void>
}

/** What a stack of ours is called. Nothing in it is made up at the time of the call: whoever has the row finds the stack. */
export function stackName({ tag, environmentId, generation, attempt }: StackNaming): string {
  // The front of a UUIDv7 is its time; what tells environments apart is at its end.
  return `astrolabe-${tag}-${environmentId.replaceAll('-', '').slice(-12)}-g${generation}-a${attempt}`
}

type StackNaming = { tag: string; environmentId: string; generation: number; attempt: number }

/**
 * Creates the stack of this generation. Its row is committed before the call; a name that is taken is taken by us.
 * @throws StaleClaim
 */
export async function createStack(loaded: Loaded, { cloud, tag, now, signal, stillOurs }: CallContext): Promise<Done> {
  if (isFailure(loaded.lab)) return refused(loaded.lab)
  const { row: environment } = loaded
  const { lab } = loaded.lab
  const requestedAt = new Date(now())
  const written = await writeDown(loaded, { cloudId: cloud.id, tag, requestedAt })
  const inside = lab.template.takes.some((name) => name.startsWith('inside_')) ? makeSshKeyPair('inside') : null
  const parameters = stackParameters(lab, {
    ssh_public_key: written.publicKey,
    inside_public_key: inside?.publicKey ?? '',
    inside_private_key: inside ? Buffer.from(inside.privateKey).toString('base64') : '',
  })
  const { name } = written.stack
  const { text: template, files } = lab.template
  const call = { signal, ...(environment.correlationId === null ? {} : { correlationId: environment.correlationId }) }
  const stack = { name, template, files, parameters, tags: [tag], timeoutMinutes: createMinutes(lab) }
  await stillOurs()
  try {
    const ref = await passing('call create', () => cloud.heat.createStack(stack, call))
    return { outcome: { kind: 'done' }, ref }
  } catch (error) {
    if (isHeatError(error, 'conflict')) return adopt(name, cloud, call)
    const outcome = outcomeOf(error)
    // Refused: nothing was made, and this row will never have a stack.
    return { outcome, ref: null }
  }
}

async function adopt(name: string, { heat }: OpenCloud, call: { signal: AbortSignal }): Promise<Done> {
  try {
    return { outcome: { kind: 'done' }, ref: await heat.findStack(name, call) }
  } catch (error) {
    if (isHeatError(error, 'not_found')) return { outcome: { kind: 'again' }, ref: null }
    return { outcome: outcomeOf(error), ref: null }
  }
}

function writeDown(
  loaded: Loaded,
  { cloudId, tag, requestedAt }: { cloudId: string; tag: string; requestedAt: Date },
): Promise<{ stack: StackRow; publicKey: string }> {
  const { id: environmentId, generation } = loaded.row
  const standing = loaded.stacks.find((stack) => stack.generation === generation)
  const write = async (transaction: Writing) => {
    await guarded(transaction, loaded.claim, { cloudId })
    const publicKey = await ensureKeyPair(transaction, environmentId, generation)
    if (standing) {
      const stack = await transaction.stack.update({ where: { id: standing.id }, data: askedAgain(requestedAt) })
      return { stack, publicKey }
    }
    const attempt = 1 + (await transaction.stack.count({ where: { environmentId, generation } }))
    const name = stackName({ tag, environmentId, generation, attempt })
    const data = { environmentId, cloudId, generation, attempt, name, requestedAt, createdAt: requestedAt }
    return { stack: await transaction.stack.create({ data }), publicKey }
  }
  return passing('commit name of the stack', () => inTransaction(write))
}

/** Whatever became of an earlier stack of this name: how the next one ends is not known yet. Pure. */
export function askedAgain(requestedAt: Date) {
  return { requestedAt, heatId: null, action: null, status: null, observedAt: null, completedAt: null, missingAt: null } as const
}

type Writing = Parameters<Parameters<typeof inTransaction>[0]>[0]

async function ensureKeyPair(transaction: Writing, environmentId: string, generation: number): Promise<string> {
  const where = { environmentId_generation: { environmentId, generation } }
  const known = await transaction.keyPair.findUnique({ where, select: { publicKey: true } })
  if (known) return known.publicKey
  const { publicKey, privateKey } = makeSshKeyPair('astrolabe')
  await transaction.keyPair.create({
    data: { environmentId, generation, publicKey, sealedPrivate: seal(privateKey, KEY_PAIR_PURPOSE) },
  })
  return publicKey
}

export type StackCall = 'delete' | 'suspend' | 'resume' | 'check'

type OneCall = Pick<CallContext, 'cloud' | 'signal' | 'stillOurs'> & { correlationId: string | null }

/** Deletes, suspends, resumes or checks one stack: one call. @throws StaleClaim */
export async function actOnStack(action: StackCall, ref: StackRef, { cloud: { heat }, ...context }: OneCall): Promise<Outcome> {
  const call = { signal: context.signal, ...(context.correlationId === null ? {} : { correlationId: context.correlationId }) }
  const verbs = { delete: heat.deleteStack, suspend: heat.suspendStack, resume: heat.resumeStack, check: heat.checkStack } as const
  await context.stillOurs()
  return called(`call ${action}`, () => verbs[action](ref, call), action === 'resume')
}

/** Asks Nova to switch the servers of a stack. @throws StaleClaim */
export async function actOnServers(order: PowerOrder, ref: StackRef, context: OneCall): Promise<Outcome> {
  await context.stillOurs()
  const name = `call power ${order.to === 'on' ? 'on' : `off by ${order.how}`}`
  return called(name, () => switchPower(ref, order, context), order.to === 'on')
}

async function called(name: string, call: () => Promise<void>, mayStop: boolean): Promise<Outcome> {
  try {
    await passing(name, call)
    return { kind: 'done' }
  } catch (error) {
    // Nova's policy forbids it for these servers: that is no question of who we are.
    const outcome: Outcome = isHeatError(error, 'forbidden') && name.startsWith('call power') ? refusal(error) : outcomeOf(error)
    // Deleting and suspending never give up (decisions 17).
    return outcome.kind === 'stop' && !mayStop ? { ...outcome, kind: 'later' } : outcome
  }
}

const kinds: Partial<Record<FailureCode, Outcome['kind']>> = { 'cloud.conflict': 'again', 'cloud.refused': 'stop' }

/** Look again, later, or never. What is no answer of a cloud is a fault of ours and goes on upwards. */
function outcomeOf(error: unknown): Outcome {
  const failure = cloudFailure(error)
  if (!failure) throw error
  const kind = kinds[failure.code] ?? 'later'
  if (kind === 'again' || kind === 'done') return { kind }
  return { kind, code: failure.code, detail: failure.detail ?? null }
}

function refusal({ message }: Error): Outcome {
  return { kind: 'stop', code: 'cloud.refused', detail: message }
}

function refused({ code, detail }: Failure): Done {
  return { outcome: { kind: 'stop', code, detail: detail ?? null }, ref: null }
}

/** What the learner is told of a stack that did not do as it was told. */
export function failureCodeOf(action: string, words: string): FailureCode {
  if (action === 'SUSPEND') return 'environment.suspend_failed'
  if (action === 'DELETE') return 'environment.delete_failed'
  if (action === 'RESUME' || action === 'CHECK') return 'environment.resume_failed'
  return createFailureCode(words)
}

/** What the learner is told of a stack whose create failed, by Heat's own words for it (facts 10, 17). */
export function createFailureCode(statusReason: string): FailureCode {
  if (/WaitConditionTimeout|WaitConditionFailure|Timed out/i.test(statusReason)) return 'environment.not_signalled'
  if (/quota|No valid host|Over ?Quota|IpAddressGenerationFailure/i.test(statusReason)) return 'cloud.quota_exceeded'
  return 'environment.create_failed'
}
