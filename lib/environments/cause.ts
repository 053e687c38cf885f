import type { OpenCloud } from '../clouds.ts'
import { isHeatError, type StackEvent } from '../openstack-heat-client/index.ts'
import type { Reason } from './account.ts'
import type { ListedStack } from './cloud-watch.ts'
import { failureCodeOf } from './execute.ts'

/**
 * Why a stack has failed: what its events say of the resource that failed first in its last action. The status line alone has less: it
 * tells of one resource, and after a rollback of none (openstack/README.md, fact 11).
 */
export async function causeOf(
  stack: Pick<ListedStack, 'id' | 'name' | 'action' | 'statusReason'>,
  { cloud, signal }: { cloud: OpenCloud; signal: AbortSignal },
): Promise<Reason> {
  const events = await cloud.heat.listEvents({ name: stack.name, id: stack.id }, { signal }).catch((error: unknown) => {
    // The status line has to do.
    if (isHeatError(error)) return []
    throw error
  })
  const words = firstFailure(events, stack.action) ?? stack.statusReason
  return { code: failureCodeOf(stack.action, `${words}\n${stack.statusReason}`), detail: words === '' ? null : words }
}

/** In the last run of an action, the resource that failed of itself: the others were merely stopped because of it. Pure. */
export function firstFailure(events: readonly StackEvent[], action: string): string | null {
  const begun = events.findLastIndex((event) => event.isStack && event.action === action && event.status === 'IN_PROGRESS')
  const failed = events.slice(begun + 1).filter(({ isStack, status }) => !isStack && status === 'FAILED')
  const own = failed.filter(({ statusReason }) => !/aborted/i.test(statusReason))
  const last = own.at(-1) ?? failed[0]
  return last === undefined || last.statusReason === '' ? null : `${last.resourceName}: ${last.statusReason}`
}
