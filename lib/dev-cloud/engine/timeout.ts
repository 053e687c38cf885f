import type { Cloud } from '../cloud.ts'
import { type Action, familyOf, type Stack } from '../state.ts'
import { setResource, setStack } from './records.ts'
import type { Outcome } from './run.ts'

/** heat.conf stack_action_timeout: an hour */
const defaultTimeoutMins = 60

/** Ends a run when the stack's time limit, which counts for every action anew, has passed. The result takes that back. */
export function limitTime(cloud: Cloud, stack: Stack, { outcome, action }: { outcome: Outcome; action: Action }): () => void {
  const limitMs = (stack.timeoutMins ?? defaultTimeoutMins) * 60_000
  const leftMs = Math.max(0, stack.actionSince + limitMs - cloud.now().getTime())
  return cloud.setTimer(leftMs, () => timeOut(cloud, stack, { outcome, action }))
}

/**
 * Recording heat-events-failed-stack-timeout-200: what is under way is aborted, the stack's reason is short. The words for
 * other actions than create are those of heat/engine/stack.py, stack_task.
 */
function timeOut(cloud: Cloud, stack: Stack, { outcome, action }: { outcome: Outcome; action: Action }): void {
  const already = outcome.ended()
  outcome.cancel('timeout')
  for (const each of familyOf(stack)) if (each === stack || each.status === 'IN_PROGRESS') abortResources(cloud, each)
  const isTraversal = ['CREATE', 'UPDATE', 'ROLLBACK', 'DELETE'].includes(action)
  const reason = isTraversal ? 'Timed out' : `${action.charAt(0)}${action.slice(1).toLowerCase()} timed out`
  for (const each of familyOf(stack).slice(1)) {
    if (each.status === 'IN_PROGRESS' && isBelow(each, stack)) setStack(cloud, each, { action: each.action, status: 'FAILED', reason })
  }
  // A stack that failed to be created says why already; other actions say it when all is still.
  if (!already || action !== 'CREATE') setStack(cloud, stack, { action, status: 'FAILED', reason })
}

function isBelow(stack: Stack, other: Stack): boolean {
  if (stack === other) return true
  const above = familyOf(stack).find(({ id }) => id === stack.parent?.stackId)
  return above !== undefined && above !== stack && isBelow(above, other)
}

function abortResources(cloud: Cloud, stack: Stack): void {
  for (const resource of Object.values(stack.resources)) {
    if (resource.status !== 'IN_PROGRESS') continue
    const { action } = resource
    const kind =
      { 'OS::Heat::WaitCondition': 'HeatWaitCondition', 'OS::Nova::Server': 'Server' }[resource.type] ?? resource.type.split('::')[2]
    const task = `Task ${action.toLowerCase()} from ${kind} "${resource.name}" Stack "${stack.name}" [${stack.id}] Timed out`
    setResource(cloud, stack, resource, { action, status: 'FAILED', reason: `${action} aborted (${task})` })
  }
}
