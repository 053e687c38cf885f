import { openSshProxy } from '../clouds.ts'
import { prisma } from '../db.ts'
import { fail } from '../errors.ts'
import { open } from '../secrets.ts'
import { KEY_PAIR_PURPOSE } from './key-pair.ts'
import type { HostView } from './phase.ts'

/** The machines of a generation that the lab names, in its order. */
export async function hostsOf(environmentId: string, generation: number): Promise<HostView[]> {
  return prisma().host.findMany({
    where: { environmentId, generation },
    orderBy: { position: 'asc' },
    select: { name: true, label: true },
  })
}

export type HostRef = { environmentId: string; generation: number; name: string }

/** Everything that opening a shell on a machine takes. It holds a private key: never log it. */
export type TerminalHost = {
  address: string
  port: number
  user: string
  /** OpenSSH form; null: not known yet, to be pinned on first use. */
  hostKey: string | null
  /** OpenSSH form. */
  privateKey: string
  proxyUrl: string | null
  /** When a shell was first opened on it. */
  shellStartedAt: Date | null
}

/**
 * How to reach one machine of an environment. Whoever calls has redeemed a ticket for exactly this machine and generation.
 * @throws Failure environment.not_found (no such machine, or a generation that is no more), environment.not_ready (none yet)
 */
export async function hostForTerminal({ environmentId, generation, name }: HostRef): Promise<TerminalHost> {
  const [environment, host, keyPair] = await Promise.all([
    prisma().environment.findFirst({ where: { id: environmentId, deletedAt: null }, select: { generation: true, cloud: true } }),
    prisma().host.findUnique({ where: { environmentId_generation_name: { environmentId, generation, name } } }),
    prisma().keyPair.findUnique({ where: { environmentId_generation: { environmentId, generation } } }),
  ])
  if (!environment || environment.generation !== generation) throw fail('environment.not_found')
  if (!host || !keyPair || !environment.cloud) throw fail('environment.not_ready')
  return {
    address: host.address,
    port: host.port,
    user: host.user,
    hostKey: host.hostKey,
    privateKey: open(keyPair.sealedPrivate, KEY_PAIR_PURPOSE),
    proxyUrl: openSshProxy(environment.cloud),
    shellStartedAt: host.shellStartedAt,
  }
}

/**
 * Keeps the key that a machine showed at first use, unless one is kept already: a pinned key is never changed.
 * @returns the key that is kept, to be compared with what was shown
 * @throws Failure environment.not_found
 */
export async function pinHostKey({ environmentId, generation, name }: HostRef, hostKey: string): Promise<string> {
  await prisma().host.updateMany({
    where: { environmentId, generation, name, hostKey: null },
    data: { hostKey, hostKeySource: 'first_use' },
  })
  const host = await prisma().host.findUnique({ where: { environmentId_generation_name: { environmentId, generation, name } } })
  if (!host?.hostKey) throw fail('environment.not_found')
  return host.hostKey
}

/** Notes when a shell was first opened on a machine; later calls change nothing. */
export async function markShellStarted({ environmentId, generation, name }: HostRef, now: Date): Promise<void> {
  await prisma().host.updateMany({ where: { environmentId, generation, name, shellStartedAt: null }, data: { shellStartedAt: now } })
}
