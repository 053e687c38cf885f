import type { JsonMap } from '../json.ts'

/**
 * A Heat template as somebody may write it. What a cloud says of it is its verdict; that of a real Heat was asked once
 * (record-verdicts.ts) and stands in verdicts.json under the case's name.
 */
export type TemplateCase = {
  /** A sentence, unique among all cases. */
  name: string
  template: string
  /** An environment's text or map. */
  environment?: string | JsonMap
  files?: Record<string, string>
  parameters?: JsonMap
  /** It is also created, and what came of it and its outputs belong to the verdict. */
  creates?: true
  /**
   * The verdict is that of a cloud without a service for volumes, as the real one of the comparison is: the embedded cloud, which has one,
   * is not held to it (cinder/volumes.test.ts says what it does instead).
   */
  withoutVolumes?: true
  /** Outputs that differ each time: only what kind of value they are is compared. */
  random?: string[]
  /** Created, it is then changed like this, one after the other (PUT; `existing`: PATCH with what it had). */
  updates?: { template?: string; environment?: string | JsonMap; files?: Record<string, string>; parameters?: JsonMap; existing?: true }[]
  /** Reads the stack beside its outputs once it is made (and after each update): addresses below `/stacks/NAME/ID`. */
  reads?: string[]
}

/** What became of a stack: its status with its reason where it failed, its outputs, and what its resources are. */
export type Outcome = {
  status: string
  outputs?: JsonMap
  /** Every resource that an update touched, in its words: kept, replaced, added, removed. */
  resources?: Record<string, string>
  reads?: JsonMap
}

/** `200`, or the status with the kind of error and its sentence. Ids, times and addresses are apart. */
export type Verdict = {
  validate: string
  /** How `POST /validate` describes the template's parameters. */
  parameters?: JsonMap
  preview: string
  /** The refusal of `POST /stacks`, or what came of it. */
  create?: string | Outcome
  updates?: (string | Outcome)[]
}
