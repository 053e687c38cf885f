import { isMap, type Json, type JsonMap, maps } from '../json.ts'
import { kindOf, mapOf, refusal, wordOf } from './apart.ts'
import { type Partner, settled } from './partner.fixture.ts'
import type { Outcome, TemplateCase, Verdict } from './template-case.ts'

/** Asks a cloud what it says of a template. What is made is deleted again (not waited for). */
export async function verdictOf(partner: Partner, one: TemplateCase): Promise<Verdict> {
  const { template, environment, files, parameters } = one
  const sent: JsonMap = {
    template,
    ...(environment === undefined ? {} : { environment }),
    ...(files === undefined ? {} : { files }),
    ...(parameters === undefined ? {} : { parameters }),
  }
  const stackName = partner.stackName()
  const sentence = (status: number, body: Json) => wordOf(partner.apart(status < 300 ? wordOf(status) : refusal(status, body)))
  const validated = await partner.call({ method: 'POST', path: '/validate', body: sent })
  const previewed = await partner.call({ method: 'POST', path: '/stacks/preview', body: { stack_name: stackName, ...sent } })
  const described = mapOf(partner.apart(mapOf(validated.body).Parameters ?? null))
  const verdict: Verdict = {
    validate: sentence(validated.status, validated.body),
    ...(validated.status === 200 && Object.keys(described).length > 0 ? { parameters: described } : {}),
    preview: sentence(previewed.status, previewed.body),
  }
  if (!one.creates) return verdict
  const created = await partner.call({ method: 'POST', path: '/stacks', body: { stack_name: stackName, ...sent } })
  if (created.status !== 201) return { ...verdict, create: sentence(created.status, created.body) }
  const ref = `${stackName}/${wordOf(mapOf(mapOf(created.body).stack).id)}`
  try {
    const place = { partner, one, ref }
    verdict.create = await outcomeOf(place, 'CREATE')
    for (const update of one.updates ?? []) {
      const { existing, ...changes } = update
      const before = await physicalIds(partner, ref)
      const body = existing ? changes : { ...sent, ...changes }
      const accepted = await partner.call({ method: existing ? 'PATCH' : 'PUT', path: `/stacks/${ref}`, body })
      verdict.updates ??= []
      if (accepted.status !== 202) verdict.updates.push(sentence(accepted.status, accepted.body))
      else verdict.updates.push({ ...(await outcomeOf(place, 'UPDATE')), resources: compared(before, await physicalIds(partner, ref)) })
    }
    return verdict
  } finally {
    await partner.call({ method: 'DELETE', path: `/stacks/${ref}` })
  }
}

async function outcomeOf(place: { partner: Partner; one: TemplateCase; ref: string }, action: string): Promise<Outcome> {
  const { partner, one, ref } = place
  const stack = await settled(partner, ref, action)
  const status = wordOf(stack.stack_status)
  const outputs = maps(stack.outputs).map(({ output_key, output_value = null, output_error }): [string, Json] => {
    const key = wordOf(output_key)
    const value = one.random?.includes(key) ? kindOf(output_value) : partner.apart(output_value)
    return [key, output_error === undefined ? value : { value, error: partner.apart(output_error) }]
  })
  const outcome: Outcome = {
    status: wordOf(partner.apart(status.endsWith('FAILED') ? `${status}: ${wordOf(stack.stack_status_reason)}` : status)),
    ...(outputs.length > 0 ? { outputs: Object.fromEntries(outputs.sort(([a], [b]) => (a < b ? -1 : 1))) } : {}),
  }
  for (const path of one.reads ?? []) {
    const { body } = await partner.call({ method: 'GET', path: `/stacks/${ref}${path}` })
    outcome.reads = { ...outcome.reads, [path]: partner.apart(body) }
  }
  return outcome
}

async function physicalIds(partner: Partner, ref: string): Promise<Record<string, string>> {
  const { body } = await partner.call({ method: 'GET', path: `/stacks/${ref}/resources` })
  const resources = maps(isMap(body) ? body.resources : [])
  return Object.fromEntries(resources.map(({ resource_name: name, physical_resource_id: id }) => [wordOf(name), wordOf(id)]))
}

/** What an update did to each resource, judged by their physical ids. */
function compared(before: Record<string, string>, after: Record<string, string>): Record<string, string> {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()
  return Object.fromEntries(
    names.map((name) => {
      if (before[name] === undefined) return [name, 'added']
      if (after[name] === undefined) return [name, 'removed']
      return [name, before[name] === after[name] ? 'kept' : 'replaced']
    }),
  )
}
