import type { Server } from 'socket.io'
import type { LaunchActor } from '../access/actor.ts'
import { requireLaunch } from '../access/login-session.ts'
import { requireOwnOrigin } from '../access/origin.ts'
import { authorise } from '../access/policy.ts'
import { redeemTerminalTicket } from '../access/tickets.ts'
import { listen, prisma, readMeanwhile } from '../db.ts'
import { touchEnvironment } from '../environments/activity.ts'
import { type HostRef, hostForTerminal, markShellStarted, pinHostKey } from '../environments/hosts.ts'
import { fail } from '../errors.ts'
import { connectHost } from '../reach.ts'
import { powerOf } from './power.ts'
import { type Gateway, type GatewayDeps, type Grant, serveTerminals } from './serve-terminals.ts'
import type { Standing } from './standings.ts'
import type { ShellKey } from './terminal-sessions.ts'

const CONNECT_WITHIN_MS = 5_000

/** Terminals as the product runs them: tickets and launches from the access room, machines from the environments'. */
export function attachGateway(io: Server): Gateway {
  return serveTerminals(io, houseDeps())
}

function houseDeps(): GatewayDeps {
  return {
    async admit({ launch, ticket, environment, generation, host, tab, mode }, headers) {
      requireOwnOrigin(new Headers(headers.origin === undefined ? {} : { origin: headers.origin }))
      const asked = { launchId: launch, environmentId: environment, generation, hostName: host, mode }
      // A person waits: it is read meanwhile, and said to nobody who has no right to it.
      const reading = readMeanwhile(environmentOf(asked))
      const { actor, request } = await redeemTerminalTicket({ token: ticket, cookieHeader: headers.cookie, request: asked })
      const { userId, loginSessionId, endsAt } = actor
      return { grant: { ...request, tab, userId, loginSessionId, endsAt }, standing: standingOf(actor, await reading) }
    },
    async recheck(grant, headers) {
      const actor = await requireLaunch(grant.launchId, headers.cookie)
      return standingOf(actor, await environmentOf(grant))
    },
    async openMachine(key, signal) {
      const { address, port, user, hostKey, privateKey, proxyUrl } = await hostForTerminal(refOf(key))
      return connectHost({
        address,
        port,
        user,
        hostKey,
        privateKey,
        proxyUrl,
        timeoutMs: CONNECT_WITHIN_MS,
        onFirstUse: (shown) => pinHostKey(refOf(key), shown),
        signal,
      })
    },
    touch: (environmentId) => touchEnvironment(environmentId),
    shellStarted: (key) => markShellStarted(refOf(key), new Date()),
    onEnvironmentChanged: (heard) => listen('environment_changed', heard),
    onRightsChanged: (heard) => listen('rights_changed', heard),
  }
}

function refOf({ environmentId, generation, hostName }: ShellKey): HostRef {
  return { environmentId, generation, name: hostName }
}

type Environment = Awaited<ReturnType<typeof environmentOf>>

/** @throws access.denied */
function standingOf(actor: LaunchActor, environment: Environment): Standing {
  authorise(actor, 'environment.use', environment)
  return { power: powerOf(environment.phase), warned: environment.warnedAt !== null }
}

/**
 * Whose the environment is and how it is, as long as it has the machines that the grant is for.
 * @throws environment.not_found
 */
async function environmentOf({ environmentId, generation }: Pick<Grant, 'environmentId' | 'generation'>) {
  const environment = await prisma().environment.findUnique({
    where: { id: environmentId },
    select: {
      generation: true,
      intent: true,
      phase: true,
      warnedAt: true,
      deletedAt: true,
      resourceLinkId: true,
      members: { select: { userId: true } },
    },
  })
  if (!environment || environment.generation !== generation || environment.deletedAt !== null || environment.intent === 'deleted') {
    throw fail('environment.not_found', { internal: 'the machines of this terminal are gone or others now' })
  }
  return { ...environment, memberIds: environment.members.map(({ userId }) => userId) }
}
