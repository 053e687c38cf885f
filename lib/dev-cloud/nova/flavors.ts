import type { Cloud } from '../cloud.ts'
import type { Flavor } from '../content.ts'
import { Fault } from '../fault.ts'
import type { HttpReply, HttpRequest } from '../http.ts'
import type { JsonMap } from '../json.ts'
import { pageOf } from './paging.ts'

/** `GET /flavors` and `/flavors/detail`, in the order of their ids. */
export function listFlavors(cloud: Cloud, request: HttpRequest, { minor, detail }: { minor: number; detail: boolean }): HttpReply {
  const { query } = request
  const atLeast = (name: string, value: number) => value >= Number(query.get(name) ?? 0)
  const all = cloud.content.flavors
    .filter(({ ramMiB, diskGiB }) => atLeast('minRam', ramMiB) && atLeast('minDisk', diskGiB))
    .sort((one, other) => (one.id < other.id ? -1 : 1))
  const collection = detail ? 'flavors/detail' : 'flavors'
  const { items, links } = pageOf(request, all, {
    key: ({ id }) => id,
    base: `${cloud.heatUrl()}/compute/v2.1`,
    collection,
    links: 'flavors_links',
  })
  return {
    status: 200,
    body: { flavors: items.map((flavor) => (detail ? full(cloud, flavor, minor) : brief(cloud, flavor, minor))), ...links },
  }
}

/** `GET /flavors/ID` */
export function showFlavor(cloud: Cloud, request: HttpRequest, minor: number): HttpReply {
  return { status: 200, body: { flavor: full(cloud, flavorOf(cloud, request), minor) } }
}

/** `GET /flavors/ID/os-extra_specs` and `.../KEY` */
export function showExtraSpecs(cloud: Cloud, request: HttpRequest): HttpReply {
  const { id, extraSpecs } = flavorOf(cloud, request)
  const { key } = request.params
  if (key === undefined) return { status: 200, body: { extra_specs: { ...extraSpecs } } }
  const value = Object.hasOwn(extraSpecs, key) ? extraSpecs[key] : undefined
  if (value === undefined) throw new Fault(404, 'NotFound', `Flavor ${id} has no extra specs with key ${key}.`)
  return { status: 200, body: { [key]: value } }
}

function flavorOf(cloud: Cloud, { params }: HttpRequest): Flavor {
  const found = cloud.content.flavors.find(({ id }) => id === params.id)
  if (!found) throw new Fault(404, 'NotFound', `Flavor ${params.id} could not be found.`)
  return found
}

function brief(cloud: Cloud, { id, name }: Flavor, minor: number): JsonMap {
  const compute = `${cloud.heatUrl()}/compute`
  const links = [
    { rel: 'self', href: `${compute}/v2.1/flavors/${id}` },
    { rel: 'bookmark', href: `${compute}/flavors/${id}` },
  ]
  return { id, name, links, ...(minor >= 55 ? { description: null } : {}) }
}

/** Recording nova-flavors-200. */
function full(cloud: Cloud, flavor: Flavor, minor: number): JsonMap {
  const { links = [], ...named } = brief(cloud, flavor, minor)
  return {
    ...named,
    ram: flavor.ramMiB,
    disk: flavor.diskGiB,
    swap: minor >= 75 ? 0 : '',
    'OS-FLV-EXT-DATA:ephemeral': 0,
    'OS-FLV-DISABLED:disabled': false,
    vcpus: flavor.vcpus,
    'os-flavor-access:is_public': true,
    rxtx_factor: 1,
    links,
    ...(minor >= 61 ? { extra_specs: { ...flavor.extraSpecs } } : {}),
  }
}
