import type { Call } from '../http.ts'

/** One call of an API. */
export type CallRecord = {
  /** As its answer bears it in `X-Openstack-Request-Id`. */
  id: string
  /** When it arrived, in milliseconds since 1970. */
  at: number
  service: string
  verb: string
  method: string
  path: string
  /** The name of the stack that it is about, where it is about one. */
  stack: string | null
  /** Null while it is not answered, and for good when its answer was lost on purpose. */
  status: number | null
  /** How long its answer took, in milliseconds. */
  tookMs: number | null
}

export type CallSummary = {
  /** How many calls there have been since this cloud started: what `since` means next time. */
  mark: number
  /** False: there were more than are remembered, and the oldest of them are left out. */
  complete: boolean
  total: number
  /** By service and verb. */
  counts: Record<string, Record<string, number>>
  calls: CallRecord[]
}

export type CallLog = {
  /** Notes a call; the result notes its end. */
  begin(call: Call, more: { at: number; stack: string | null }): (end: { at: number; status: number | null }) => void
  /** Everything after a mark; 0: from the start. */
  since(mark: number): CallSummary
}

/** Remembers the calls of this process, and no more than `most` of them. */
export function createCallLog(most = 100_000): CallLog {
  const kept: CallRecord[] = []
  let forgotten = 0
  return {
    begin({ service, verb, request }, { at, stack }) {
      const path = request.target.split('?')[0] ?? ''
      const record: CallRecord = { id: request.id, at, service, verb, method: request.method, path, stack, status: null, tookMs: null }
      kept.push(record)
      // In one piece, and not with every call.
      if (kept.length > most * 1.1) forgotten += kept.splice(0, kept.length - most).length
      return (end) => Object.assign(record, { status: end.status, tookMs: end.at - at })
    },
    since(mark) {
      const calls = kept.slice(Math.max(0, mark - forgotten))
      const counts: CallSummary['counts'] = {}
      for (const { service, verb } of calls) {
        const verbs = counts[service] ?? {}
        counts[service] = verbs
        verbs[verb] = (verbs[verb] ?? 0) + 1
      }
      return { mark: forgotten + kept.length, complete: mark >= forgotten, total: calls.length, counts, calls }
    },
  }
}
