import type { Cloud } from '../cloud.ts'
import type { Action, Stack } from '../state.ts'
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
  for (const resource of Object.values(stack.resources)) {
    if (resource.action !== action || resource.status !== 'IN_PROGRESS') continue
    const kind =
      { 'OS::Heat::WaitCondition': 'HeatWaitCondition', 'OS::Nova::Server': 'Server' }[resource.type] ?? resource.type.split('::')[2]
    const task = `Task ${action.toLowerCase()} from ${kind} "${resource.name}" Stack "${stack.name}" [${stack.id}] Timed out`
    setResource(cloud, stack, resource, { action, status: 'FAILED', reason: `${action} aborted (${task})` })
  }
  const reason = action === 'CREATE' ? 'Timed out' : `${action.charAt(0)}${action.slice(1).toLowerCase()} timed out`
  // A stack that failed to be created says why already; other actions say it when all is still.
  if (!already || action !== 'CREATE') setStack(cloud, stack, { action, status: 'FAILED', reason })
}
