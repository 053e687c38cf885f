import type { Cloud } from '../cloud.ts'
import { ResourceFailure } from '../fault.ts'
import { novaFailure } from '../resources/refusals.ts'
import { type Action, familyOf, type Resource, type Stack } from '../state.ts'

/** What goes wrong in one run over a stack's resources because somebody told this cloud so (rules.ts). */
export type Trouble = {
  /** Passes after the time by which the run is to be late; at once when it is cancelled. */
  late(cancelled: AbortSignal): Promise<void>
  /** Throws, in Heat's words, for the one resource that is to fail. */
  strike(resource: Resource): void
}

/** Decided once, when the run begins. */
export function troubleFor(cloud: Cloud, stack: Stack, action: Action): Trouble {
  const at = { service: 'heat', verb: action.toLowerCase(), stack: stack.name }
  const slow = cloud.rules.take('slow-action', at)
  const failing = cloud.rules.take('fail', at)
  const all = familyOf(stack).flatMap(({ resources }) => Object.values(resources))
  const victim = failing && (all.find(({ type }) => type === 'OS::Nova::Server') ?? all[0])
  return {
    late: (cancelled) => pause(cloud, slow?.ms ?? 0, cancelled),
    strike(resource) {
      if (resource !== victim) return
      if (failing?.reason !== undefined) throw new ResourceFailure('Error', failing.reason)
      throw usualFailure(cloud, stack, { resource, action })
    },
  }
}

/** Nova's own answer when a message to a part of it got lost (nova/api/openstack/wsgi.py). */
const lostMessage = `Unexpected API Error. Please report this at http://bugs.launchpad.net/nova/ and attach the Nova API log if possible.
<class 'oslo_messaging.exceptions.MessagingTimeout'>`

function usualFailure(cloud: Cloud, stack: Stack, { resource, action }: { resource: Resource; action: Action }): ResourceFailure {
  if (action === 'CHECK') return new ResourceFailure('Error', "'status': expected 'ACTIVE', got 'ERROR'")
  if (action === 'CREATE')
    return new ResourceFailure('ResourceInError', 'Went to status ERROR due to "Message: No valid host was found. , Code: 500"')
  return novaFailure('ClientException', lostMessage, { cloud, stack, resource, properties: {} }, 500)
}

/** Resolves after a time, or as soon as it is cancelled. */
export function pause(cloud: Cloud, ms: number, cancelled: AbortSignal): Promise<void> {
  if (ms <= 0 || cancelled.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      clear()
      cancelled.removeEventListener('abort', done)
      resolve()
    }
    const clear = cloud.setTimer(ms, done)
    cancelled.addEventListener('abort', done, { once: true })
  })
}
