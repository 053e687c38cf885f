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
 * What is wrong with a template, and where. Heat writes each of its two first parts with one pair of colon and blank; on the way from
 * its engine to its API that is done a second time, but not for `POST validate`, which is answered with the text as it was
 * (heat/common/exception.py, HeatExceptionWithPath; recordings heat-create-unknown-property-400, heat-validate-unknown-property-400).
 */
export class ValidationFault extends Fault {
  readonly kind: string
  readonly path: string
  readonly complaint: string

  constructor(complaint: string, { kind = '', path = '' }: { kind?: string; path?: string } = {}) {
    super(400, 'StackValidationFailed', `${kind && `${kind}: : `}${path && `${path}: : `}${complaint}`)
    this.kind = kind
    this.path = path
    this.complaint = complaint
  }

  /** As `POST validate` says it. */
  get words(): string {
    return `${this.kind && `${this.kind}: `}${this.path && `${this.path}: `}${this.complaint}`
  }
}

/** A property that is wrong. */
export class PropertyFault extends ValidationFault {
  constructor(path: string, complaint: string) {
    super(complaint, { kind: 'Property error', path })
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
