import { timingSafeEqual } from 'node:crypto'
import type { Cloud } from '../cloud.ts'
import type { MetadataRequest, MetadataResponse } from '../driver.ts'
import { engineAnswers, messagingTimeout } from '../engine/gate.ts'
import { Fault } from '../fault.ts'
import { deliverSignal } from '../heat/resources.ts'
import { isMap, type Json, type JsonMap } from '../json.ts'
import { PACKAGES_PATH } from '../packages/sources.ts'
import { readArn } from '../resources/aws-wait-condition.ts'
import { signalToken } from '../resources/wait-condition.ts'
import { familyOf, type Stack } from '../state.ts'
import { machineMetadata } from './machine-metadata.ts'

/**
 * What a machine finds at http://169.254.169.254: who it is (OpenStack and EC2 metadata), the signals of its own stack, and packages,
 * where their mirrors are allowed. Nothing of any other stack, and nothing else of this cloud.
 */
export async function answerMachine(cloud: Cloud, spaceId: string, request: MetadataRequest): Promise<MetadataResponse> {
  const stack = cloud.state.stacks.get(spaceId)
  const path = request.path.split('?')[0] ?? '/'
  try {
    if (!stack) throw new Fault(404, 'NotFound', 'There is nothing here.')
    const signal = path.match(/^\/v1\/([^/]+)\/stacks\/([^/]+)\/([^/]+)\/resources\/([^/]+)\/signal$/)
    const signed = path.match(/^\/v1\/waitcondition\/(.+)$/)
    if (signal || signed) {
      if (!(await engineAnswers(cloud))) throw messagingTimeout()
      if (signal) return takeSignal(cloud, stack, { request, parts: signal.slice(1).map(decodeURIComponent) })
      return takeSignedSignal(cloud, stack, { request, arn: decodeURIComponent(signed?.[1] ?? '') })
    }
    if (path.startsWith(PACKAGES_PATH)) return await answerPackages(cloud, spaceId, request)
    const server = Object.values(stack.things.servers).find((each) => each.spec.nics.some((nic) => nic.address === request.remoteAddress))
    const found = server ? machineMetadata(cloud, stack, server)[path.replace(/\/+$/, '')] : undefined
    if (found === undefined || request.method !== 'GET') throw new Fault(404, 'NotFound', 'There is nothing here.')
    return typeof found === 'string' ? plain(200, found) : json(200, found)
  } catch (error) {
    if (error instanceof Fault) return json(error.status, { error: error.message })
    throw error
  }
}

function answerPackages({ packages }: Cloud, spaceId: string, request: MetadataRequest): Promise<MetadataResponse> {
  if (packages === null) throw new Fault(404, 'NotFound', 'Machines of this cloud may read no package mirror (DEV_CLOUD_PACKAGE_MIRROR).')
  return packages.answer(spaceId, request)
}

function takeSignal(cloud: Cloud, root: Stack, call: { request: MetadataRequest; parts: string[] }): MetadataResponse {
  const [project, name, id, resourceName = ''] = call.parts
  const stack = familyOf(root).find((each) => each.id === id) ?? root
  const { request } = call
  const resource = Object.hasOwn(stack.resources, resourceName) ? stack.resources[resourceName] : undefined
  const known = project === stack.userProjectId && name === stack.name && id === stack.id && resource
  if (!known) throw new Fault(404, 'NotFound', 'There is nothing here.')
  if (request.method !== 'POST') throw new Fault(405, 'MethodNotAllowed', 'Signals are posted.')
  const given = Object.entries(request.headers).find(([header]) => header.toLowerCase() === 'x-auth-token')?.[1] ?? ''
  if (!same(given, signalToken({ cloud, stack, resource })))
    throw new Fault(401, 'Unauthorized', 'The request you have made requires authentication.')
  deliverSignal(cloud, stack, resource, readBody(request.body))
  return json(200, null)
}

/** CloudFormation's way (heat/api/cfn/v1/signal.py, update_waitcondition): the address bears the right to it. */
function takeSignedSignal(cloud: Cloud, root: Stack, call: { request: MetadataRequest; arn: string }): MetadataResponse {
  const named = readArn(call.arn)
  const { request } = call
  const stack = familyOf(root).find(({ id, name }) => id === named?.stackId && name === named.stackName)
  const resource = stack && named && Object.hasOwn(stack.resources, named.resource) ? stack.resources[named.resource] : undefined
  if (!stack || !resource) throw new Fault(404, 'NotFound', 'There is nothing here.')
  if (request.method !== 'PUT') throw new Fault(405, 'MethodNotAllowed', 'Signals are put.')
  const given = new URLSearchParams(request.path.split('?')[1] ?? '').get('Signature') ?? ''
  if (!same(given, signalToken({ cloud, stack, resource }))) throw new Fault(403, 'AccessDenied', 'The signature does not match.')
  deliverSignal(cloud, stack, resource, readBody(request.body))
  return json(200, { resource: resource.name, metadata: null })
}

function readBody(body: string): JsonMap {
  if (body.trim() === '') return {}
  try {
    const value: unknown = JSON.parse(body)
    if (isMap(value)) return value
  } catch {
    // Falls through to the same refusal.
  }
  throw new Fault(400, 'HTTPBadRequest', 'The signal is not a JSON object.')
}

function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

const plain = (status: number, body: string): MetadataResponse => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body,
})
const json = (status: number, body: Json): MetadataResponse => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})
