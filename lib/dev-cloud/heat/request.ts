import type { Cloud } from '../cloud.ts'
import { badRequest, Fault, invalidStack } from '../fault.ts'
import { isMap, type Json, pythonText } from '../json.ts'
import { isGone } from '../state.ts'

/** What a request to create or update a stack says beside its template, read as Heat reads it. */

export function readFiles(source: Json | undefined): Record<string, string> {
  const files: Record<string, string> = {}
  const given = source !== undefined && isMap(source) ? source : {}
  for (const [name, content] of Object.entries(given)) files[name] = typeof content === 'string' ? content : JSON.stringify(content)
  return files
}

export function readBoolean(value: Json | undefined, name: string, absent: boolean): boolean {
  if (value === undefined || value === null) return absent
  const word = pythonText(value).toLowerCase()
  if (word === 'true' || word === 'false') return word === 'true'
  throw badRequest(`Unrecognized value "${pythonText(value)}" for "${name}", acceptable values are: true, false`)
}

export function readTimeout(value: Json | undefined): number | null {
  if (value === undefined || value === null) return null
  const minutes = Number(value)
  if (!Number.isInteger(minutes)) throw badRequest("Only integer is acceptable by 'timeout_mins'.")
  if (minutes < 1 || minutes > 1440) throw invalidStack(`Invalid timeout value ${minutes}`)
  return minutes
}

export function readTags(value: Json | undefined): string[] {
  if (value === undefined || value === null || value === '') return []
  const tags = Array.isArray(value) ? value.map(pythonText) : pythonText(value).split(',')
  for (const tag of tags) {
    if (tag === '' || tag.length > 80 || tag.includes(',')) throw badRequest(`Invalid tag, "${tag}" is longer than 80 characters or empty`)
  }
  return tags
}

/** Recordings heat-create-duplicate-409 and heat-create-stack-limit-400. */
export function refuseDuplicate(cloud: Cloud, name: string): void {
  let count = 0
  for (const stack of cloud.state.stacks.values()) {
    if (isGone(stack)) continue
    if (stack.name === name) throw new Fault(409, 'StackExists', `The Stack (${name}) already exists.`)
    count += 1
  }
  if (count >= cloud.quota.stacks || cloud.rules.take('quota-stacks', { service: 'heat', verb: 'create', stack: name })) {
    const limit = `You have reached the maximum stacks per tenant, ${cloud.quota.stacks}. Please delete some stacks.`
    throw new Fault(400, 'RequestLimitExceeded', `Request limit exceeded: ${limit}`)
  }
}
