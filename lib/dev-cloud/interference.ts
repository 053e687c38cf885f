import type { CallLog } from './call-log.ts'
import type { Cloud } from './cloud.ts'
import { bodyOf, type Call, type Intercept } from './http.ts'
import { text } from './json.ts'

/** Notes every call on its way. */
export function watchCalls(cloud: Cloud, calls: CallLog): Intercept {
  return async (call, carryOut) => {
    const end = calls.begin(call, { at: cloud.now().getTime(), stack: stackNameOf(cloud, call) })
    const reply = await carryOut()
    end({ at: cloud.now().getTime(), status: reply.status })
    return reply
  }
}

/** The name of the stack that a call is about: it stands in the address, in the body of a new one, or belongs to the server. */
export function stackNameOf(cloud: Cloud, { service, verb, request }: Call): string | null {
  const { name, id = '' } = request.params
  if (service === 'nova') return serverStack(cloud, id)
  if (service !== 'heat') return null
  if (name !== undefined) return cloud.state.stacks.get(name)?.name ?? name
  if (verb !== 'create' && verb !== 'preview') return null
  try {
    return text(bodyOf(request).stack_name) ?? null
  } catch {
    return null
  }
}

function serverStack(cloud: Cloud, serverId: string): string | null {
  for (const stack of cloud.state.stacks.values()) if (stack.things.servers[serverId]) return stack.name
  return null
}
