import { z } from 'zod'
import { bodyAs, type CallOptions } from './http.ts'
import type { HeatRequester } from './requester.ts'
import { actionAndStatus, type HeatAction, type HeatStatus, instant } from './stacks.ts'
import { heatUrls, type StackRef } from './urls.ts'

export type StackResource = {
  name: string
  /** e.g. "OS::Nova::Server" */
  type: string
  /** INIT COMPLETE: its turn has not come. */
  action: HeatAction
  status: HeatStatus
  statusReason: string
  /** The id in the service that owns it; empty until it exists. */
  physicalId: string
  requiredBy: string[]
  createdAt: Date | null
  updatedAt: Date | null
  /** Only from `showResource`. May hold secrets (a wait condition handle's token): never log it. */
  attributes?: Record<string, unknown>
}

const resourceBody = z
  .object({
    resource_name: z.string(),
    resource_type: z.string(),
    resource_status: actionAndStatus,
    resource_status_reason: z.string().nullish(),
    physical_resource_id: z.string().nullish(),
    required_by: z.array(z.string()).nullish(),
    creation_time: instant.nullish(),
    updated_time: instant.nullish(),
    attributes: z.record(z.string(), z.unknown()).nullish(),
  })
  .transform(
    (wire): StackResource => ({
      name: wire.resource_name,
      type: wire.resource_type,
      ...wire.resource_status,
      statusReason: wire.resource_status_reason ?? '',
      physicalId: wire.physical_resource_id ?? '',
      requiredBy: wire.required_by ?? [],
      createdAt: wire.creation_time ?? null,
      updatedAt: wire.updated_time ?? null,
      ...(wire.attributes ? { attributes: wire.attributes } : {}),
    }),
  )

const manyResources = z.object({ resources: z.array(resourceBody) })
const oneResource = z.object({ resource: resourceBody })

export type ResourceListOptions = CallOptions & {
  /** How many levels of nested stacks to open; default 0. */
  nestedDepth?: number
}

/**
 * GET /resources: all resources of a stack, in no particular order. Heat creates a failing server again by itself, up
 * to five times: a resource that FAILED while its stack is IN_PROGRESS is no verdict.
 *
 * @throws HeatError `not_found`
 */
export async function listResources(ask: HeatRequester, ref: StackRef, options: ResourceListOptions = {}): Promise<StackResource[]> {
  const query = new URLSearchParams(options.nestedDepth ? { nested_depth: String(options.nestedDepth) } : {})
  const url = (endpoint: string) => heatUrls.resources(endpoint, ref, query)
  return (await ask({ method: 'GET', url, wanted: [200], read: bodyAs(manyResources), call: options })).resources
}

/** GET /resources/NAME, with its attributes. @throws HeatError `not_found` */
export async function showResource(ask: HeatRequester, ref: StackRef, options: CallOptions & { name: string }): Promise<StackResource> {
  const url = (endpoint: string) => heatUrls.resource(endpoint, ref, options.name)
  return (await ask({ method: 'GET', url, wanted: [200], read: bodyAs(oneResource), call: options })).resource
}
