import type { Client } from 'ssh2'
import { isFailure } from '../errors.ts'
import { connectHost, execOnHost } from '../reach.ts'
import { clockCommand, readClock, setClockCommand } from '../reach-clock.ts'

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

/** `wrongClock`: answered, but with a clock that is wrong and could not be set. */
export type ProbeResult = { answered: string[]; changedKey: string[]; wrongClock: string[] }

const PAUSES_MS = [50, 100, 150, 250, 400, 600, 1000]
/** A single try: short at first, as an address that is not yet served swallows what is sent to it. */
const TRIES_MS = [1000, 2000, 5000]

/** Tries all machines side by side until each lets us in by SSH and knows the time, or the budget is spent. */
export async function probeHosts(hosts: readonly ProbeHost[], probe: Probe): Promise<ProbeResult> {
  const results = await Promise.all(hosts.map((host) => probeHost(host, probe)))
  const named = (...wanted: Answer[]) => hosts.filter((_, index) => wanted.includes(results[index] ?? 'silent')).map(({ name }) => name)
  return { answered: named('answered', 'wrong_clock'), changedKey: named('changed_key'), wrongClock: named('wrong_clock') }
}

type Answer = 'answered' | 'silent' | 'changed_key' | 'wrong_clock'

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
      try {
        return (await hasRightClock(client, signal)) ? 'answered' : 'wrong_clock'
      } finally {
        client.end()
      }
    } catch (error) {
      if (isFailure(error, 'terminal.host_key_changed')) return 'changed_key'
      if (!isFailure(error, 'environment.unreachable')) throw error
    }
    await pause(Math.min(at(PAUSES_MS, attempt), Math.max(0, endAt - performance.now())), signal)
  }
  return 'silent'
}

const CLOCK_TIMEOUT_MS = 2_000
/** Certificates, builds and logs do not mind less. */
const TOLERATED_MS = 2_000

/**
 * A guest that was suspended wakes with the time at which it fell asleep (openstack/README.md, fact 7): it is set right before anybody
 * works on it. A machine that does not know `date` is not blamed.
 * @throws Failure environment.unreachable
 */
async function hasRightClock(client: Client, signal: AbortSignal): Promise<boolean> {
  const offset = await clockOffset(client, signal)
  if (offset === null || offset <= TOLERATED_MS) return true
  await execOnHost(client, setClockCommand(Date.now()), { timeoutMs: CLOCK_TIMEOUT_MS, signal, mostBytes: 4_096 })
  return ((await clockOffset(client, signal)) ?? 0) <= TOLERATED_MS
}

/** How far off a machine's clock certainly is; null: it did not say. */
async function clockOffset(client: Client, signal: AbortSignal): Promise<number | null> {
  const sentAt = Date.now()
  const { code, stdout } = await execOnHost(client, clockCommand(), { timeoutMs: CLOCK_TIMEOUT_MS, signal, mostBytes: 4_096 })
  const reading = code === 0 ? readClock(stdout, { sentAt, receivedAt: Date.now() }) : null
  return reading === null ? null : Math.max(0, Math.abs(reading.offsetMs) - reading.uncertaintyMs)
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
