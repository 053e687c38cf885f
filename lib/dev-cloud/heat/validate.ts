import { Fault } from '../fault.ts'
import { readEnvironment } from '../hot/environment.ts'
import { describeParameters } from '../hot/parameters.ts'
import { dependencies, readTemplate } from '../hot/template.ts'
import { bodyOf, type HttpReply, type HttpRequest } from '../http.ts'
import { isForAdministrators } from '../resources/catalog.ts'
import { asValidation, ok } from './api.ts'
import { refuseUnknownTypes } from './plan.ts'
import { readFiles } from './request.ts'
import { refuseUnknownProperties } from './stack-scope.ts'
import { shownEnvironment } from './views.ts'

/** Weaker than create, as in Heat (fact 18): it looks at the form, at types and at names, not at values. */
export function validate(request: HttpRequest): HttpReply {
  try {
    const body = bodyOf(request)
    const template = readTemplate(body.template)
    const environment = readEnvironment(body, template.parameters)
    const place = { environment, files: readFiles(body.files) }
    // Nobody is asked here whether they may use what is for administrators (heat/engine/service.py, validate_template).
    const known = Object.entries(template.resources).filter(([, { type }]) => !isForAdministrators(type))
    const usable = { ...template, resources: Object.fromEntries(known) }
    refuseUnknownTypes(usable, place)
    dependencies(template)
    const supplied = environment.parameters
    for (const name of Object.keys(supplied)) {
      if (!Object.hasOwn(template.parameters, name))
        throw new Fault(400, 'UnknownUserParameter', `The Parameter (${name}) was not defined in template.`)
    }
    refuseUnknownProperties(usable, place)
    const shown = shownEnvironment(environment)
    delete shown.encrypted_param_names
    return ok({ Description: template.description, Parameters: describeParameters(template.parameters, supplied), Environment: shown })
  } catch (error) {
    throw asValidation(error)
  }
}
