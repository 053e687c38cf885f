/** An answer other than success, named as the imitated service names it. */
export class Fault extends Error {
  readonly status: number
  readonly type: string
  /** Absent in answers for which Heat gives no message (RemoteError). */
  readonly detail: string | undefined

  constructor(status: number, type: string, detail?: string) {
    super(detail ?? type)
    this.status = status
    this.type = type
    this.detail = detail
  }
}

/**
 * A property that is wrong. Heat words it with empty pairs of colons when it creates a stack and without them when it
 * only validates (recordings heat-create-unknown-property-400, heat-validate-unknown-property-400).
 */
export class PropertyFault extends Fault {
  readonly path: string
  readonly complaint: string

  constructor(path: string, complaint: string) {
    super(400, 'StackValidationFailed', `Property error: : ${path}: : ${complaint}`)
    this.path = path
    this.complaint = complaint
  }
}

/** Why a resource could not be made; `kind` is the name of the Python exception that Heat would show. */
export class ResourceFailure extends Error {
  readonly kind: string

  constructor(kind: string, detail: string) {
    super(detail)
    this.kind = kind
  }
}

export const badRequest = (detail: string) => new Fault(400, 'HTTPBadRequest', detail)
export const invalidStack = (detail: string) => new Fault(400, 'StackValidationFailed', detail)
export const unknownStack = (name: string) => new Fault(404, 'EntityNotFound', `The Stack (${name}) could not be found.`)
export const unauthorized = () => new Fault(401, 'Unauthorized', 'The request you have made requires authentication.')
