import { Fault } from '../fault.ts'
import type { HttpRequest } from '../http.ts'

/** Nova's oldest and newest microversions, by what follows "2.": those of Zed. */
export const microversions = { min: 1, max: 93 } as const

/**
 * Which microversion a request asks for, by what follows "2."; 1 when it asks for none. The newer header wins (Compute API v2.1,
 * "Microversions"; nova/api/openstack/wsgi.py, set_api_version_request).
 * @throws Fault 400 for what is no version, 406 for one that is not here
 */
export function microversionOf(request: HttpRequest): number {
  const asked = newHeader(request) ?? request.header('X-OpenStack-Nova-API-Version')?.trim()
  if (asked === undefined || asked === '') return microversions.min
  if (asked === 'latest') return microversions.max
  const [, major = '', minor = ''] = /^([1-9]\d*)\.([1-9]\d*|0)$/.exec(asked) ?? []
  if (major === '')
    throw new Fault(400, 'BadRequest', `API Version String ${asked} is of invalid format. Must be of format MajorNum.MinorNum.`)
  if (major !== '2' || Number(minor) < microversions.min || Number(minor) > microversions.max) {
    const range = `Minimum is 2.${microversions.min} and maximum is 2.${microversions.max}.`
    throw new Fault(406, 'NotAcceptable', `Version ${asked} is not supported by the API. ${range}`)
  }
  return Number(minor)
}

/** `OpenStack-API-Version: identity 3.1, compute 2.79`: the last entry for Nova. */
function newHeader(request: HttpRequest): string | undefined {
  const entries = (request.header('OpenStack-API-Version') ?? '').split(',').map((entry) => entry.trim().split(/\s+/))
  return entries.findLast(([service]) => service === 'compute')?.[1]
}

/** What an error says of the microversion: what was asked for, also where that is not here; nothing where it is no version. */
export function askedHeaders(request: HttpRequest): Record<string, string> {
  try {
    return versionHeaders(microversionOf(request))
  } catch (error) {
    const asked = newHeader(request) ?? request.header('X-OpenStack-Nova-API-Version') ?? ''
    return error instanceof Fault && error.status === 406 ? headersOf(asked) : {}
  }
}

/** The headers by which an answer says its microversion. */
export function versionHeaders(minor: number): Record<string, string> {
  return headersOf(`2.${minor}`)
}

function headersOf(version: string): Record<string, string> {
  return {
    'OpenStack-API-Version': `compute ${version}`,
    'X-OpenStack-Nova-API-Version': version,
    Vary: 'OpenStack-API-Version, X-OpenStack-Nova-API-Version',
  }
}
