import { Fault } from '../fault.ts'
import type { HttpRequest } from '../http.ts'

/** Cinder's oldest and newest microversions, by what follows "3.": those of Zed. */
export const microversions = { min: 0, max: 70 } as const

/**
 * Which microversion a request asks for, by what follows "3."; 0 when it asks for none (Block Storage API v3, "Microversions";
 * cinder/api/openstack/wsgi.py, set_api_version_request).
 * @throws Fault 400 for what is no version, 406 for one that is not here
 */
export function microversionOf(request: HttpRequest): number {
  const entries = (request.header('OpenStack-API-Version') ?? '').split(',').map((entry) => entry.trim().split(/\s+/))
  const asked = entries.findLast(([service]) => service === 'volume')?.[1]
  if (asked === undefined || asked === '') return microversions.min
  if (asked === 'latest') return microversions.max
  const [, major = '', minor = ''] = /^([1-9]\d*)\.([1-9]\d*|0)$/.exec(asked) ?? []
  if (major === '')
    throw new Fault(400, 'BadRequest', `API Version String ${asked} is of invalid format. Must be of format MajorNum.MinorNum.`)
  if (major !== '3' || Number(minor) > microversions.max) {
    const range = `Minimum is 3.${microversions.min} and maximum is 3.${microversions.max}.`
    throw new Fault(406, 'NotAcceptable', `Version ${asked} is not supported by the API. ${range}`)
  }
  return Number(minor)
}

/** The headers by which an answer says its microversion. */
export function versionHeaders(minor: number): Record<string, string> {
  return { 'OpenStack-API-Version': `volume 3.${minor}`, Vary: 'OpenStack-API-Version' }
}
