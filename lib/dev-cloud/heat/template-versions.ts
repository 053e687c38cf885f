import { badRequest, Fault } from '../fault.ts'
import { removed } from '../hot/functions-conditions.ts'
import { languageNamed, templateVersions } from '../hot/languages.ts'
import type { At, HttpReply, HttpRequest, Route } from '../http.ts'
import type { JsonMap } from '../json.ts'
import { ok } from './api.ts'

const prefix = 'heat_template_version.'

/** What templates may say: `GET /template_versions` and `GET /template_versions/VERSION/functions`, by date and by release name. */
export function languageRoutes(at: At): Route[] {
  return [
    at('GET', '/template_versions', () => ok({ template_versions: shownVersions() })),
    at('GET', '/template_versions/:version/functions', functions),
  ]
}

/** Recording heat-template-versions-200, without the two versions of the older language, which this cloud does not read. */
function shownVersions(): JsonMap[] {
  return Object.entries(templateVersions).map(([date, name]) => ({
    version: `${prefix}${date}`,
    type: 'hot',
    aliases: name === undefined ? [] : [`${prefix}${name}`],
  }))
}

/** Recording heat-template-functions-200. With `with_condition_func` those of conditions, too. */
function functions(request: HttpRequest): HttpReply {
  const { version = '' } = request.params
  const withConditions = readFlag(request, 'with_condition_func')
  const language = version.startsWith(prefix) ? languageNamed(version.slice(prefix.length)) : undefined
  if (!language) throw new Fault(404, 'NotFound', `Template with version ${version} not found`)
  const shown = Object.entries(language.functions).filter(([, kind]) => kind !== removed)
  const more = Object.entries(language.conditions).filter(([name]) => withConditions && !Object.hasOwn(language.functions, name))
  return ok({ template_functions: [...shown, ...more].map(([name, { about }]) => ({ functions: name, description: about })) })
}

/** heat/common/param_utils.py, extract_bool */
export function readFlag(request: HttpRequest, name: string): boolean {
  const value = request.query.get(name)
  if (value === null) return false
  const word = value.toLowerCase()
  if (word === 'true' || word === 'false') return word === 'true'
  throw badRequest(`Unrecognized value "${value}" for "${name}", acceptable values are: true, false.`)
}
