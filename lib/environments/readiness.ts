import { isFailure } from '../errors.ts'
import { connectHost } from '../reach.ts'

/** A machine that is about to answer, and how to try it. */
export type ProbeHost = {
  name: string
  address: string
  port: number
  user: string
  hostKey: string | null
}

export type Probe = {
  privateKey: string
  proxyUrl: string | null
  /** See reach.ts. */
  onFirstUse: (host: ProbeHost, hostKey: string) => Promise<string>
  /** How long to go on trying before saying "not yet". */
  budgetMs: number
  /** Ends the trying early, e.g. when a person has said something else. */
  signal: AbortSignal
}

export type ProbeResult = { answered: string[]; changedKey: string[] }

const PAUSES_MS = [50, 100, 150, 250, 400, 600, 1000]
/** A single try: short at first, as an address that is not yet served swallows what is sent to it. */
const TRIES_MS = [1000, 2000, 5000]

/** Tries all machines side by side until each lets us in by SSH, or the budget is spent. */
export async function probeHosts(hosts: readonly ProbeHost[], probe: Probe): Promise<ProbeResult> {
  const results = await Promise.all(hosts.map((host) => probeHost(host, probe)))
  const named = (wanted: Answer) => hosts.filter((_, index) => results[index] === wanted).map(({ name }) => name)
  return { answered: named('answered'), changedKey: named('changed_key') }
}

type Answer = 'answered' | 'silent' | 'changed_key'

async function probeHost(host: ProbeHost, { privateKey, proxyUrl, onFirstUse, budgetMs, signal }: Probe): Promise<Answer> {
  const endAt = performance.now() + budgetMs
  const { address, port, user, hostKey } = host
  for (let attempt = 0; !signal.aborted; attempt += 1) {
    const leftMs = endAt - performance.now()
    if (leftMs <= 0) return 'silent'
    const timeoutMs = Math.min(leftMs, at(TRIES_MS, attempt))
    try {
      const first = (key: string) => onFirstUse(host, key)
      const client = await connectHost({ proxyUrl, address, port, user, privateKey, hostKey, timeoutMs, signal, onFirstUse: first })
      client.end()
      return 'answered'
    } catch (error) {
      if (isFailure(error, 'terminal.host_key_changed')) return 'changed_key'
      if (!isFailure(error, 'environment.unreachable')) throw error
    }
    await pause(Math.min(at(PAUSES_MS, attempt), Math.max(0, endAt - performance.now())), signal)
  }
  return 'silent'
}

function at(steps: readonly number[], index: number): number {
  return steps[Math.min(index, steps.length - 1)] ?? 0
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done, { once: true })
  })
}
