import type { Cloud } from '../cloud.ts'
import { Fault, unknownStack } from '../fault.ts'
import type { Call, HttpReply } from '../http.ts'
import { isMap, type JsonMap, maps, text } from '../json.ts'
import type { RuleOf } from './rules.ts'

type Lie = RuleOf<'lie'>
type Claim = (name: string | null) => Lie | undefined

/** An answer as it is given where this cloud was told to lie about stacks or servers (rules.ts). Only what is read is lied about. */
export function lieAbout(cloud: Cloud, call: Call, { reply, stack }: { reply: HttpReply; stack: string | null }): HttpReply {
  const { service, verb, request } = call
  if (request.method !== 'GET' || reply.status >= 400) return reply
  const told = new Set<Lie>()
  const claim: Claim = (name) => {
    const rule = cloud.rules.find('lie', { service, verb, stack: name })
    if (rule) told.add(rule)
    return rule
  }
  const { name: key = '', id = '' } = request.params
  const answer =
    service === 'nova'
      ? aboutServers(cloud, reply, { claim, missing: () => call.refuse(new Fault(404, 'NotFound', `Instance ${id} could not be found.`)) })
      : aboutStacks(reply, { claim, stack, missing: () => call.refuse(unknownStack(key)) })
  for (const rule of told) cloud.rules.use(rule)
  return answer
}

function aboutStacks(reply: HttpReply, how: { claim: Claim; stack: string | null; missing: () => HttpReply }): HttpReply {
  const { claim, stack, missing } = how
  const body = isMap(reply.body) ? reply.body : {}
  const shown = (each: JsonMap): JsonMap[] => {
    const says = claim(text(each.stack_name) ?? null)?.says
    return says === 'absent' ? [] : [says === undefined ? each : stackAs(each, says)]
  }
  if (Array.isArray(body.stacks)) return { ...reply, body: { ...body, stacks: maps(body.stacks).flatMap(shown) } }
  if (stack === null) return reply
  const says = claim(stack)?.says
  if (says === 'absent') return missing()
  return says !== undefined && isMap(body.stack) ? { ...reply, body: { ...body, stack: stackAs(body.stack, says) } } : reply
}

function stackAs(stack: JsonMap, says: string): JsonMap {
  const [action = ''] = (text(stack.stack_status) ?? '').split('_')
  if (says !== 'complete') return { ...stack, stack_status: says }
  if (!(text(stack.stack_status) ?? '').endsWith('_IN_PROGRESS')) return stack
  return { ...stack, stack_status: `${action}_COMPLETE`, stack_status_reason: `Stack ${action} completed successfully` }
}

function aboutServers(cloud: Cloud, reply: HttpReply, { claim, missing }: { claim: Claim; missing: () => HttpReply }): HttpReply {
  const body = isMap(reply.body) ? reply.body : {}
  const shown = (server: JsonMap): JsonMap[] => {
    const says = claim(ownerOf(cloud, text(server.id) ?? ''))?.says
    if (says === 'absent') return []
    return [says === undefined || says === 'complete' ? server : { ...server, status: says }]
  }
  if (Array.isArray(body.servers)) return { ...reply, body: { ...body, servers: maps(body.servers).flatMap(shown) } }
  if (!isMap(body.server)) return reply
  const [server] = shown(body.server)
  return server ? { ...reply, body: { ...body, server } } : missing()
}

/** The name of the stack that a server belongs to. */
export function ownerOf(cloud: Cloud, serverId: string): string | null {
  for (const stack of cloud.state.stacks.values()) if (stack.things.servers[serverId]) return stack.name
  return null
}
