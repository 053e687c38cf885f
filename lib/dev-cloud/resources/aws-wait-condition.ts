import { createHash } from 'node:crypto'
import type { ResourceType, Work } from '../cloud.ts'
import { invalidStack, ResourceFailure } from '../fault.ts'
import { type JsonMap, pythonText, text } from '../json.ts'
import type { Resource, Stack } from '../state.ts'
import { awsWaitConditionHandleSchema, awsWaitConditionSchema } from './aws-schema.ts'
import { guestHeatUrl, keepSignal, signalData, signalToken, type Waiting, waitForSignals } from './wait-condition.ts'

/** How CloudFormation names a resource: `arn:openstack:heat::PROJECT:stacks/NAME/ID/resources/RESOURCE`. */
function arnOf(work: Pick<Work, 'cloud' | 'stack' | 'resource'>): string {
  const { cloud, stack, resource } = work
  return `arn:openstack:heat::${cloud.identity.project.id}:stacks/${stack.name}/${stack.id}/resources/${resource.name}`
}

/** The stack and the handle that an arn names, as far as its form goes. */
export function readArn(arn: string): { stackName: string; stackId: string; resource: string } | undefined {
  const parts = arn.match(/^arn:openstack:heat::[^:]+:stacks\/([^/]+)\/([^/]+)\/resources\/([^/]+)$/)
  return parts ? { stackName: parts[1] ?? '', stackId: parts[2] ?? '', resource: parts[3] ?? '' } : undefined
}

/** The address that is itself the right to signal: whoever knows the signature may. */
function signedUrl(work: Pick<Work, 'cloud' | 'stack' | 'resource'>): string {
  const query = new URLSearchParams({
    Timestamp: new Date(work.resource.createdAt).toISOString().replace(/\.\d+/, ''),
    SignatureMethod: 'HmacSHA256',
    AWSAccessKeyId: createHash('md5').update(work.resource.plannedId).digest('hex'),
    SignatureVersion: '2',
    Signature: signalToken(work),
  })
  return `${guestHeatUrl}/v1/waitcondition/${encodeURIComponent(arnOf(work))}?${query.toString()}`
}

const handle: ResourceType = {
  ...awsWaitConditionHandleSchema,
  create({ resource }) {
    resource.physicalId = resource.plannedId.replaceAll('-', '')
  },
  reference: (work) => (work.resource.physicalId === null ? work.resource.name : signedUrl(work)),
  remove: () => undefined,
  show: () => ({}),
  attribute: () => undefined,
  /** heat/engine/resources/wait_condition.py, _metadata_format_ok: all four fields and no other. */
  signal(work, body) {
    const complete = ['Data', 'Reason', 'Status', 'UniqueId'].every((key) => Object.hasOwn(body, key)) && Object.keys(body).length === 4
    const status = text(body.Status) ?? ''
    if (!complete || !['SUCCESS', 'FAILURE'].includes(status)) throw invalidStack('Metadata format invalid')
    return keepSignal(work, { id: pythonText(body.UniqueId), status, reason: pythonText(body.Reason), data: body.Data ?? null })
  },
}

/** The handle whose address the property holds. heat/engine/resources/aws/cfn/wait_condition.py: it must be of this very stack. */
function handleOf(stack: Stack, properties: JsonMap): Resource {
  const url = text(properties.Handle) ?? ''
  const arn = readArn(decodeURIComponent(url.match(/\/waitcondition\/([^?]+)/)?.[1] ?? ''))
  if (!arn) throw new ResourceFailure('ValueError', `Invalid handle ARN "${url}"`)
  if (arn.stackName !== stack.name || arn.stackId !== stack.id)
    throw new ResourceFailure('ValueError', `WaitCondition invalid Handle stack ${arn.stackId}`)
  const found = Object.hasOwn(stack.resources, arn.resource) ? stack.resources[arn.resource] : undefined
  if (found?.type !== 'AWS::CloudFormation::WaitConditionHandle')
    throw new ResourceFailure('ValueError', `WaitCondition invalid Handle ${arn.resource}`)
  return found
}

const waitingOf = ({ stack, properties }: Work): Waiting => ({
  handle: handleOf(stack, properties),
  count: Number(properties.Count),
  timeoutSeconds: Number(properties.Timeout),
})

const waitCondition: ResourceType = {
  ...awsWaitConditionSchema,
  create: async (work, cancelled) => waitForSignals(work, waitingOf(work), cancelled),
  update(work, _change, cancelled) {
    delete work.resource.data.since
    return waitForSignals(work, waitingOf(work), cancelled)
  },
  remove: () => undefined,
  show: () => ({}),
  attribute: ({ stack, properties }, name) => (name === 'Data' ? signalData(handleOf(stack, properties)) : undefined),
}

export const awsWaitConditionTypes: Record<string, ResourceType> = {
  'AWS::CloudFormation::WaitConditionHandle': handle,
  'AWS::CloudFormation::WaitCondition': waitCondition,
}
