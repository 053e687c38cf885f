import type { Cloud } from '../cloud.ts'
import { engineAnswers, messagingTimeout } from '../engine/gate.ts'
import { Fault } from '../fault.ts'
import { bodyOf, type Call, type HttpReply, type Intercept } from '../http.ts'
import { text } from '../json.ts'
import type { CallLog } from './call-log.ts'
import { lieAbout, ownerOf } from './lies.ts'
import type { Occasion } from './rules.ts'
import { pause } from './trouble.ts'

/** Notes every call on its way, and lets it go wrong where this cloud was told so (rules.ts). */
export function interfere(cloud: Cloud, calls: CallLog): Intercept {
  return async (call, carryOut) => {
    const at = { service: call.service, verb: call.verb, stack: stackNameOf(cloud, call) }
    const end = calls.begin(call, { at: cloud.now().getTime(), stack: at.stack })
    const reply = await answer(cloud, call, { at, carryOut })
    end({ at: cloud.now().getTime(), status: reply === 'lost' ? null : reply.status })
    return reply
  }
}

async function answer(
  cloud: Cloud,
  call: Call,
  { at, carryOut }: { at: Occasion; carryOut: () => Promise<HttpReply> },
): Promise<HttpReply | 'lost'> {
  const { rules } = cloud
  const silent = rules.take('hang', at)
  if (silent) {
    await rules.gone(silent)
    return 'lost'
  }
  const slow = rules.take('slow-call', at)
  await pause(cloud, slow?.ms ?? 0, cloud.closing)
  const failing = rules.take('answer-error', at)
  if (failing) return failure(call, failing.status)
  if (rules.take('drop-before', at)) return 'lost'
  // Versions are told by the API itself; everything else it asks the engine.
  const answered = call.service !== 'heat' || call.verb === 'versions' || (await engineAnswers(cloud))
  if (cloud.closing.aborted) return 'lost'
  if (!answered) return call.refuse(messagingTimeout())
  const reply = await carryOut()
  if (rules.take('drop-after', at)) return 'lost'
  return lieAbout(cloud, call, { reply, stack: at.stack })
}

/** A service's own 500; the others are words of what stands before it. */
function failure(call: Call, status: number): HttpReply {
  if (status === 500) return call.refuse(new Fault(500, 'RemoteError', unexpected[call.service]))
  const title = { 502: 'Bad Gateway', 503: 'Service Unavailable', 504: 'Gateway Time-out' }[status] ?? 'Error'
  return { status, html: `<html><body><h1>${status} ${title}</h1>\n</body></html>\n` }
}

const unexpected: Partial<Record<Call['service'], string>> = {
  identity: 'An unexpected error prevented the server from fulfilling your request.',
  nova: "Unexpected API Error. Please report this at http://bugs.launchpad.net/nova/ and attach the Nova API log if possible.\n<class 'oslo_db.exception.DBConnectionError'>",
}

/** The name of the stack that a call is about: it stands in the address, in the body of a new one, or belongs to the server. */
function stackNameOf(cloud: Cloud, { service, verb, request }: Call): string | null {
  const { name, id = '' } = request.params
  if (service === 'nova') return ownerOf(cloud, id)
  if (service !== 'heat') return null
  if (name !== undefined) return cloud.state.stacks.get(name)?.name ?? name
  if (verb !== 'create' && verb !== 'preview') return null
  try {
    return text(bodyOf(request).stack_name) ?? null
  } catch {
    return null
  }
}
