import type { IncomingHttpHeaders } from 'node:http'
import type { Namespace, Server, Socket } from 'socket.io'
import type { LaunchActor } from './access/actor.ts'
import { requireLaunch } from './access/login-session.ts'
import { requireOwnOrigin } from './access/origin.ts'
import { authorise } from './access/policy.ts'
import { listen } from './db.ts'
import { touchEnvironment } from './environments/activity.ts'
import type { EnvironmentView } from './environments/phase.ts'
import { ownEnvironment } from './environments/reset.ts'
import { environmentIdOf, environmentView } from './environments/view.ts'
import { type FailureCode, fail, failureRow, isFailure } from './errors.ts'
import { log } from './log.ts'

/*
 * What an open page is told without asking: the Socket.IO namespace `/live`. Hints say that something changed, rows say what; every
 * message is the whole truth of its moment, so a lost one costs time and an order of them cannot mislead.
 */

const FLOOR_MS = 15_000
const ROSTER_PAUSE_MS = 500
/** A page tells that its person is there at most once a second; of more the rest is not heard, and much more is no page. */
const HERE_EVERY_MS = 1_000
const HERE_FLOOD = { messages: 30, perMs: 10_000 }

/** What the pushes need of the rest of the house. */
export type LiveDeps = {
  /** @throws Failure access.foreign_origin, access.signed_out */
  requireActor: (launchId: string, headers: IncomingHttpHeaders) => Promise<LaunchActor>
  /** @throws Failure access.denied */
  authoriseRoster: (actor: LaunchActor) => void
  environmentIdOf: (actor: LaunchActor) => Promise<string | null>
  /** The environment in the place of this launch that its person may use. @throws Failure environment.not_found, access.denied */
  requireUse: (actor: LaunchActor) => Promise<string>
  /** Somebody is at work in this environment. */
  touch: (environmentId: string) => Promise<unknown>
  environmentView: (environmentId: string) => Promise<EnvironmentView | null>
  onEnvironmentChanged: (heard: (id: string | null) => void) => Promise<() => void>
  /** The same with the id of a user whose rights may be others now. */
  onRightsChanged: (heard: (userId: string | null) => void) => Promise<() => void>
  /** So often everything is read again, whatever hints say. */
  floorMs?: number
}

export type ServerToPage = {
  /** The page's own environment; null where it has none. `now` is this computer's clock, ISO 8601: a page counts down by it. */
  environment: (view: EnvironmentView | null, now: string) => void
  /** Something about the people or machines of this course may have changed: read again. */
  roster: () => void
}

export type PageToServer = {
  /** Somebody did something in the page. */
  here: () => void
}

type Page = {
  launchId: string
  actor: LaunchActor
  environmentId: string | null
  /** It has no environment, or one that was removed: any hint may be about its next one. */
  unsure: boolean
  roster: boolean
}
type LiveSocket = Socket<PageToServer, ServerToPage, Record<string, never>, Page>
type LiveNamespace = Namespace<PageToServer, ServerToPage, Record<string, never>, Page>

export type Live = { close(): Promise<void> }

/** Pushes as the product runs them. */
export function attachLive(io: Server): Live {
  return serveLive(io, {
    requireActor(launchId, headers) {
      requireOwnOrigin(new Headers(headers.origin === undefined ? {} : { origin: headers.origin }))
      return requireLaunch(launchId, headers.cookie)
    },
    authoriseRoster: (actor) => authorise(actor, 'environment.list_course', { courseId: actor.courseId }),
    environmentIdOf,
    async requireUse(actor) {
      const environment = await ownEnvironment(actor)
      authorise(actor, 'environment.use', environment)
      return environment.id
    },
    touch: (environmentId) => touchEnvironment(environmentId),
    environmentView,
    onEnvironmentChanged: (heard) => listen('environment_changed', heard),
    onRightsChanged: (heard) => listen('rights_changed', heard),
  })
}

export function serveLive(io: Server, deps: LiveDeps): Live {
  const namespace: LiveNamespace = io.of('/live')
  const push = createPusher(namespace, deps)
  let closed = false

  namespace.use((socket, next) => {
    admit(socket, deps).then(
      (page) => {
        socket.data = page
        next()
      },
      (error: unknown) => next(refusal(error)),
    )
  })
  namespace.on('connection', (socket) => {
    if (closed) return void socket.disconnect(true)
    const over = setTimeout(() => push.again(socket), socket.data.actor.endsAt.getTime() - Date.now())
    socket.on('disconnect', () => {
      clearTimeout(over)
      push.gone(socket)
    })
    hearPresence(socket, deps)
    if (!socket.data.roster) push.one(socket)
  })
  const heard = (id: string | null) => {
    for (const socket of namespace.sockets.values()) {
      if (socket.data.roster) push.roster(socket)
      else if (id === null || socket.data.unsure) push.one(socket)
    }
    if (id !== null) push.environment(id)
  }
  const judge = (userId: string | null) => {
    for (const socket of namespace.sockets.values()) if (userId === null || socket.data.actor.userId === userId) push.again(socket)
  }
  const listening = Promise.all([deps.onEnvironmentChanged(heard), deps.onRightsChanged(judge)])
  listening.catch((error: unknown) => log().warn({ err: error }, 'the pages hear no hints'))
  const floor = setInterval(() => {
    for (const socket of namespace.sockets.values()) push.again(socket)
  }, deps.floorMs ?? FLOOR_MS)
  return {
    async close() {
      if (closed) return
      closed = true
      clearInterval(floor)
      push.close()
      listening.then(
        (stops) => {
          for (const stop of stops) stop()
        },
        () => {},
      )
      namespace.disconnectSockets()
    },
  }
}

/** The right to it is asked for every message: a launch that was good when the page came may be none any more. */
function hearPresence(socket: LiveSocket, deps: LiveDeps): void {
  let takenMs = Number.NEGATIVE_INFINITY
  let flood = { sinceMs: Number.NEGATIVE_INFINITY, messages: 0 }
  socket.on('here', (...words: unknown[]) => {
    const nowMs = performance.now()
    if (nowMs - flood.sinceMs >= HERE_FLOOD.perMs) flood = { sinceMs: nowMs, messages: 0 }
    flood.messages++
    if (words.length > 0 || socket.data.roster || flood.messages > HERE_FLOOD.messages) return void socket.disconnect(true)
    if (nowMs - takenMs < HERE_EVERY_MS) return
    takenMs = nowMs
    const note = async () => {
      const actor = await deps.requireActor(socket.data.launchId, socket.handshake.headers)
      await deps.touch(await deps.requireUse(actor))
    }
    note().catch((error: unknown) => {
      if (!isFailure(error)) return log().warn({ err: error }, 'a page’s sign of use could not be noted')
      // Without an environment there is nothing to use, and nothing wrong.
      if (error.code !== 'environment.not_found' && failureRow(error.code).retry === 'no') socket.disconnect(true)
    })
  })
}

async function admit(socket: LiveSocket, deps: LiveDeps): Promise<Page> {
  const { launch, roster } = socket.handshake.auth
  if (typeof launch !== 'string' || launch.length > 64) throw fail('input.invalid', { internal: 'live: no launch was named' })
  const actor = await deps.requireActor(launch, socket.handshake.headers)
  if (roster === true) deps.authoriseRoster(actor)
  return { launchId: launch, actor, environmentId: null, unsure: true, roster: roster === true }
}

/** Reads and tells. One read per environment serves everybody who looks at it; hints during a read cause one more, not many. */
function createPusher(namespace: LiveNamespace, deps: LiveDeps) {
  const reading = new Map<string, { again: boolean }>()
  const resting = new Map<LiveSocket, { timer: NodeJS.Timeout; again: boolean }>()
  const once = (key: string, read: () => Promise<void>): void => {
    const running = reading.get(key)
    if (running) {
      running.again = true
      return
    }
    const state = { again: false }
    reading.set(key, state)
    read()
      .catch((error: unknown) => log().warn({ err: error }, 'a page could not be told'))
      .finally(() => {
        reading.delete(key)
        if (state.again) once(key, read)
      })
  }
  const environment = (id: string) => {
    const lookers = () => [...namespace.sockets.values()].filter(({ data }) => data.environmentId === id)
    if (lookers().length === 0) return
    once(`environment ${id}`, async () => {
      const view = await deps.environmentView(id)
      for (const socket of lookers()) {
        socket.data.unsure = view === null || view.phase === 'deleted'
        socket.emit('environment', view, new Date().toISOString())
      }
    })
  }
  const one = (socket: LiveSocket) =>
    once(`page ${socket.id}`, async () => {
      const id = await deps.environmentIdOf(socket.data.actor)
      // From here on its hints are heard; what changes during a read causes another.
      socket.data.environmentId = id
      if (id === null) socket.emit('environment', null, new Date().toISOString())
      else environment(id)
    })
  const roster = (socket: LiveSocket) => {
    const rest = resting.get(socket)
    if (rest) {
      rest.again = true
      return
    }
    socket.emit('roster')
    const next = () => {
      const again = resting.get(socket)?.again === true
      resting.delete(socket)
      if (again) roster(socket)
    }
    resting.set(socket, { timer: setTimeout(next, ROSTER_PAUSE_MS), again: false })
  }
  const gone = (socket: LiveSocket) => {
    clearTimeout(resting.get(socket)?.timer)
    resting.delete(socket)
  }
  return {
    one,
    environment,
    /** At once, then at most twice a second. */
    roster,
    gone,
    /** Whether this page may still be told, and its environment anew. */
    again(socket: LiveSocket) {
      const { launchId, roster: isRoster } = socket.data
      const judge = async () => {
        const actor = await deps.requireActor(launchId, socket.handshake.headers)
        if (isRoster) deps.authoriseRoster(actor)
        socket.data.actor = actor
        if (isRoster) roster(socket)
        else one(socket)
      }
      judge().catch((error: unknown) => {
        if (!isFailure(error)) return log().warn({ err: error }, 'a page could not be judged again')
        if (failureRow(error.code).retry === 'no') socket.disconnect(true)
      })
    },
    close() {
      for (const socket of resting.keys()) gone(socket)
    },
  }
}

/** The refusal in the one form in which Socket.IO carries it to the page. */
function refusal(error: unknown): Error & { data: { code: FailureCode; says: string; retry: boolean } } {
  const code = isFailure(error) ? error.code : 'internal.fault'
  if (!isFailure(error)) log().error({ err: error }, 'live handshake failed')
  const { says, retry } = failureRow(code)
  return Object.assign(new Error(code), { data: { code, says, retry: retry !== 'no' } })
}
