import type { Cloud } from '../cloud.ts'
import { pause } from '../control/trouble.ts'
import { Fault } from '../fault.ts'

/** Recording heat-list-engine-down-500. */
export const messagingTimeout = () => new Fault(500, 'MessagingTimeout')

/**
 * What Heat's API does where its engine was stopped: the question waits in a queue. Either the engine comes back and takes it, or the
 * time is up (oslo.messaging, rpc_response_timeout). False: nobody took it.
 */
export async function engineAnswers(cloud: Cloud): Promise<boolean> {
  const { rules } = cloud
  for (let stopped = rules.find('stop-engine'); stopped; stopped = rules.find('stop-engine')) {
    const waiting = new AbortController()
    const back = rules.gone(stopped).then(() => 'back' as const)
    const late = pause(cloud, stopped.answerAfterMs, waiting.signal).then(() => 'late' as const)
    const first = await Promise.race([back, late])
    waiting.abort()
    if (first === 'late') return false
  }
  return true
}
