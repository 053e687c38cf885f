import type { LaunchActor } from '../access/actor.ts'
import { prisma } from '../db.ts'
import { failureRow, isFailureCode } from '../errors.ts'
import { deadlineView, movingView, sleepView } from './deadline-view.ts'
import { ownerKeyOf } from './ensure.ts'
import { lifecycleOfVersion } from './load.ts'
import { type EnvironmentView, ownerActions, type PartView } from './phase.ts'
import { spansOf } from './spans.ts'

/** An environment as its owner's page shows it; null where there is none of this id. Whoever calls has asked whether they may. */
export async function environmentView(environmentId: string): Promise<EnvironmentView | null> {
  const environment = await prisma().environment.findUnique({ where: { id: environmentId } })
  if (!environment) return null
  const { generation } = environment
  const [first, stack, hosts, lifecycle, spans] = await Promise.all([
    prisma().environmentEvent.findFirst({ where: { environmentId, generation }, orderBy: { at: 'asc' }, select: { at: true } }),
    prisma().stack.findFirst({
      where: { environmentId, generation },
      orderBy: { attempt: 'desc' },
      select: { action: true, status: true, goneAt: true, resources: true },
    }),
    prisma().host.findMany({ where: { environmentId, generation }, orderBy: { position: 'asc' }, select: { name: true, label: true } }),
    lifecycleOfVersion(environment.labVersionId),
    spansOf(environment.labVersionId, environment.cloudId, Date.now()),
  ])
  const startedAt = (first?.at ?? environment.createdAt).toISOString()
  const { deleteAt, deleteReason, intent } = environment
  return {
    id: environment.id,
    generation,
    phase: environment.phase,
    phaseAt: environment.phaseAt.toISOString(),
    startedAt,
    readyAt: environment.readyAt?.toISOString() ?? null,
    parts: stack ? partViews(stack) : [],
    hosts,
    reason: reasonView(environment.reasonCode, environment.reasonDetail),
    deadline: deadlineView(environment, lifecycle),
    sleep: sleepView(environment, lifecycle),
    ...movingView(environment, { startedAt, spans }),
    deletion: deleteAt !== null && intent !== 'deleted' ? { at: deleteAt.toISOString(), reason: deleteReason ?? '' } : null,
    actions: ownerActions(environment),
  }
}

/** The environment of the person behind a launch, in its place: what stands, else what was deleted last. */
export async function environmentOf(actor: LaunchActor): Promise<EnvironmentView | null> {
  const id = await environmentIdOf(actor)
  return id === null ? null : environmentView(id)
}

/** As `environmentOf`, its id only. */
export async function environmentIdOf(actor: Pick<LaunchActor, 'resourceLinkId' | 'userId'>): Promise<string | null> {
  const newest = await prisma().environment.findFirst({
    where: { ownerKey: ownerKeyOf(actor.resourceLinkId, actor.userId) },
    orderBy: [{ deletedAt: { sort: 'desc', nulls: 'first' } }],
    select: { id: true },
  })
  return newest?.id ?? null
}

function reasonView(code: string | null, detail: string | null): EnvironmentView['reason'] {
  return code !== null && isFailureCode(code) ? { code, sentence: failureRow(code).says, detail } : null
}

type StackParts = {
  status: string | null
  goneAt: Date | null
  resources: { name: string; type: string; status: string; statusReason: string | null; startedAt: Date | null; finishedAt: Date | null }[]
}

/** What began first comes first; what has not begun, by name. */
function partViews(stack: StackParts): PartView[] {
  const began = (part: PartView) => part.startedAt ?? '~'
  return stack.resources
    .map(({ name, type, status, statusReason, startedAt, finishedAt }) => ({
      name,
      type,
      state: partState(status, stack),
      startedAt: startedAt?.toISOString() ?? null,
      finishedAt: finishedAt?.toISOString() ?? null,
      note: status.endsWith('_IN_PROGRESS') ? statusReason : null,
    }))
    .sort((one, other) => began(one).localeCompare(began(other)) || one.name.localeCompare(other.name))
}

/** Heat makes a part that failed again by itself while the stack is in progress: until the stack has failed it is merely busy. */
function partState(status: string, stack: StackParts): PartView['state'] {
  if (status.startsWith('INIT_')) return 'waiting'
  if (status.endsWith('_COMPLETE')) return status.startsWith('DELETE_') ? 'waiting' : 'done'
  if (status.endsWith('_FAILED')) return stack.status === 'FAILED' || stack.goneAt !== null ? 'failed' : 'busy'
  return 'busy'
}
