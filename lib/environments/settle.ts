import type { OpenCloud } from '../clouds.ts'
import { prisma } from '../db.ts'
import type { Prisma } from '../generated/prisma/client.ts'
import { resolveHosts } from '../labs/outputs.ts'
import { log } from '../log.ts'
import { isHeatError, type StackRef, type StackResource } from '../openstack-heat-client/index.ts'
import { connectHost, execOnHost } from '../reach.ts'
import { jobsCommand, readJobs } from '../reach-jobs.ts'
import { open } from '../secrets.ts'
import type { Job } from './decide.ts'
import { pinHostKey } from './hosts.ts'
import { KEY_PAIR_PURPOSE } from './key-pair.ts'
import type { Loaded } from './load.ts'
import { type ProbeHost, type ProbeResult, probeHosts } from './readiness.ts'

const SSH_PORT = 22

/** The machines of a generation: known already, or told by the outputs just now; `nowhere`: the stack will never say where they are. */
export type Machines = { hosts: ProbeHost[]; fresh: Prisma.HostCreateManyInput[]; parts: StackResource[] | null } | 'nowhere'

/**
 * Where the machines of a stack that is up are. Outputs are resolved once: what they said is kept in rows.
 * @throws HeatError
 */
export async function findMachines(
  loaded: Loaded,
  ref: StackRef,
  { cloud, signal }: { cloud: OpenCloud; signal: AbortSignal },
): Promise<Machines> {
  const { id: environmentId, generation } = loaded.row
  const known = await prisma().host.findMany({ where: { environmentId, generation }, orderBy: { position: 'asc' } })
  if (known.length > 0) return { hosts: known, fresh: [], parts: null }
  if (!('lab' in loaded.lab)) return 'nowhere'
  const { lab } = loaded.lab
  const [stack, parts] = await Promise.all([cloud.heat.showStack(ref, { signal }), lastParts(ref, { cloud, signal })])
  const outputs = Object.fromEntries((stack.outputs ?? []).map(({ key, value }) => [key, value]))
  const { hosts, missing } = resolveHosts(lab.hosts, outputs)
  if (missing.length > 0 || hosts.length === 0) return 'nowhere'
  const fresh = hosts.map(({ id: name, label, user, address, hostKey }, position) => ({
    environmentId,
    generation,
    name,
    label,
    position,
    address,
    port: SSH_PORT,
    user,
    hostKey,
    hostKeySource: hostKey === null ? null : ('signal' as const),
  }))
  return { hosts: fresh, fresh, parts }
}

async function lastParts(ref: StackRef, { cloud, signal }: { cloud: OpenCloud; signal: AbortSignal }): Promise<StackResource[] | null> {
  return cloud.heat.listResources(ref, { signal }).catch((error: unknown) => {
    if (isHeatError(error)) return null
    throw error
  })
}

export type SettleContext = {
  cloud: OpenCloud
  signal: AbortSignal
  /** Those that have answered in an earlier step. */
  answered: ReadonlySet<string>
  /** Resolves once the rows of the machines are written: a key is pinned in a row. */
  written: Promise<unknown>
}

const PROBE_BUDGET_MS = 3_000

/** Tries the machines that have not answered yet. */
export async function tryMachines(loaded: Loaded, hosts: readonly ProbeHost[], context: SettleContext): Promise<ProbeResult> {
  const { id: environmentId, generation } = loaded.row
  const waiting = hosts.filter(({ name }) => !context.answered.has(name))
  const keyPair = await prisma().keyPair.findUnique({ where: { environmentId_generation: { environmentId, generation } } })
  if (!keyPair) return { answered: [], changedKey: [], wrongClock: [] }
  return probeHosts(waiting, {
    privateKey: open(keyPair.sealedPrivate, KEY_PAIR_PURPOSE),
    proxyUrl: context.cloud.proxyUrl,
    budgetMs: PROBE_BUDGET_MS,
    signal: context.signal,
    onFirstUse: async ({ name }, hostKey) => {
      await context.written
      return pinHostKey({ environmentId, generation, name }, hostKey)
    },
  })
}

const JOB_TIMEOUT_MS = 3_000

/** A program that runs in one of the owner's shells. A machine that does not answer, or does not know, counts as having none. */
export async function findJob(loaded: Loaded, { cloud, signal }: { cloud: OpenCloud; signal: AbortSignal }): Promise<Job | null> {
  const { id: environmentId, generation } = loaded.row
  const [hosts, keyPair] = await Promise.all([
    prisma().host.findMany({ where: { environmentId, generation, hostKey: { not: null } }, orderBy: { position: 'asc' } }),
    prisma().keyPair.findUnique({ where: { environmentId_generation: { environmentId, generation } } }),
  ])
  if (!keyPair) return null
  const privateKey = open(keyPair.sealedPrivate, KEY_PAIR_PURPOSE)
  const found = await Promise.all(
    hosts
      .map(async ({ name, address, port, user, hostKey }) => {
        const client = await connectHost({
          address,
          port,
          user,
          hostKey,
          privateKey,
          signal,
          proxyUrl: cloud.proxyUrl,
          timeoutMs: JOB_TIMEOUT_MS,
          onFirstUse: (shown) => shown,
        })
        try {
          const { stdout } = await execOnHost(client, jobsCommand(), { timeoutMs: JOB_TIMEOUT_MS, signal, mostBytes: 16_384 })
          const [job] = readJobs(stdout)
          return job ? { host: name, command: job.command } : null
        } finally {
          client.end()
        }
      })
      .map((look) =>
        look.catch((error: unknown) => {
          log().info({ err: error, environmentId }, 'a machine could not be asked for programs')
          return null
        }),
      ),
  )
  return found.find((job) => job !== null) ?? null
}
