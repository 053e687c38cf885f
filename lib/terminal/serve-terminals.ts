import type { IncomingHttpHeaders } from 'node:http'
import type { Namespace, Server, Socket } from 'socket.io'
import type { Client } from 'ssh2'
import { type FailureCode, fail, failureRow, isFailure } from '../errors.ts'
import { log } from '../log.ts'
import {
  type BrowserToServer,
  type EndReason,
  type Hello,
  readBytes,
  readHello,
  readSeq,
  readSize,
  type ServerToBrowser,
  type TerminalMode,
} from './protocol.ts'
import { createRefusals } from './refusals.ts'
import { createStandings, type Standing, type Standings } from './standings.ts'
import type { Place, Window } from './terminal-session.ts'
import { createTerminalSessions, type ShellKey } from './terminal-sessions.ts'
import { createUseReport, type Touch } from './use-report.ts'
import { within } from './within.ts'

const IDLE_MS = 15 * 60_000
const RECHECK_MS = 30_000
/** Terminals of what sleeps are checked so many times more seldom: hints tell of the waking. */
const RECHECK_ASLEEP_EVERY = 20
/** When the gateway stops: to see the last input through, and again for the pages to hear of it. */
const FAREWELL_MS = 1_000
const TERMINALS_PER_PERSON = 16
const WINDOWS_PER_TERMINAL = 8
const HANDSHAKES = { attempts: 30, perMs: 60_000 }

/** What a ticket opened, and for whom. */
export type Grant = ShellKey & {
  launchId: string
  loginSessionId: string
  mode: TerminalMode
  /** When it is over, unless somebody ends it before. */
  endsAt: Date
}

/** What the gateway needs of the rest of the house. */
export type GatewayDeps = {
  /**
   * Decides on a handshake and uses its ticket up.
   * @throws Failure access.foreign_origin, access.ticket_invalid, and what `recheck` throws
   */
  admit: (hello: Hello, headers: IncomingHttpHeaders) => Promise<{ grant: Grant; standing: Standing }>
  /**
   * Whether the grant still stands: signed in, allowed, and still this generation; and how its environment is.
   * @throws Failure environment.not_found where the machines are others now or gone, access.signed_out, access.denied
   */
  recheck: (grant: Grant, headers: IncomingHttpHeaders) => Promise<Standing>
  /** Signs in to the machine. @throws Failure; it is called again where trying again makes sense */
  openMachine: (key: ShellKey, signal: AbortSignal) => Promise<Client>
  /** The learner is at work. It is told at once when a warning is on, and else no sooner than the last answer said. */
  touch: Touch
  /** A shell was begun on this machine. */
  shellStarted: (key: ShellKey) => Promise<void>
  /** Calls back with the id of an environment that changed, null: any may have. @returns stop */
  onEnvironmentChanged: (heard: (id: string | null) => void) => Promise<() => void>
  /** The same with the id of a user whose rights may be others now. */
  onRightsChanged: (heard: (userId: string | null) => void) => Promise<() => void>
  idleMs?: number
  /** So often everything is checked again, whatever hints say. */
  recheckMs?: number
}

export type Gateway = {
  /** How many shells are held. */
  readonly shells: number
  /** Sees the last input through, tells the pages, lets go of the machines; the shells live on there. Idempotent. */
  close(): Promise<void>
}

type Admitted = {
  hello: Hello
  grant: Grant
  /** As many hints had been heard when its rights were asked for. */
  hints: number
}
type TerminalSocket = Socket<BrowserToServer, ServerToBrowser, Record<string, never>, Admitted>
type TerminalNamespace = Namespace<BrowserToServer, ServerToBrowser, Record<string, never>, Admitted>

/** Terminals on the Socket.IO namespace `/terminal`. */
export function serveTerminals(io: Server, deps: GatewayDeps): Gateway {
  const namespace: TerminalNamespace = io.of('/terminal')
  const use = createUseReport({
    touch: deps.touch,
    clock: () => performance.now(),
    onFailed: (error) => log().warn({ err: error }, 'activity could not be noted'),
  })
  const sessions = createTerminalSessions({
    openMachine: deps.openMachine,
    onActivity: (key) => use.typed(key.environmentId),
    onStarted: (key) => unheard(deps.shellStarted(key), 'a shell was begun, but this could not be noted'),
    idleMs: deps.idleMs ?? IDLE_MS,
    maxPerPerson: TERMINALS_PER_PERSON,
  })
  const refusals = createRefusals(HANDSHAKES)
  const standings = createStandings((environmentId, { power, warned }) => {
    use.warned(environmentId, warned)
    sessions.setPower(environmentId, power)
  })
  let closing: Promise<void> | null = null
  let hints = 0

  namespace.use((socket, next) => {
    const key = socket.handshake.headers.cookie ?? socket.handshake.address
    const judge = async () => {
      if (closing) throw fail('terminal.connection_failed', { internal: 'the gateway is stopping' })
      if (refusals.tooMany(key, performance.now())) throw fail('access.denied', { internal: 'too many refused handshakes' })
      const before = hints
      socket.data = { ...(await admit(socket, deps, standings)), hints: before }
    }
    judge().then(
      () => next(),
      (error: unknown) => {
        refusals.failed(key, performance.now())
        next(refusal(error))
      },
    )
  })
  namespace.on('connection', (socket) => {
    if (closing) return void socket.disconnect(true)
    const { hello, grant } = socket.data
    const session = sessions.open(grant, standings.of(grant.environmentId).power)
    if (!session || session.windows >= WINDOWS_PER_TERMINAL) return turnAway(socket, 'refused', 'access.denied')
    const place = session.attach(windowOf(socket, hello, grant), hello.size, hello.last)
    listenTo(socket, place, grant)
    // A hint of before did not find it here.
    if (socket.data.hints !== hints) void recheck(socket)
    const over = setTimeout(() => void recheck(socket), grant.endsAt.getTime() - Date.now())
    socket.on('disconnect', () => clearTimeout(over))
  })

  const recheck = (socket: TerminalSocket) =>
    standings
      .read(socket.data.grant, () => deps.recheck(socket.data.grant, socket.handshake.headers))
      .catch((error: unknown) => {
        if (!isFailure(error)) return log().warn({ err: error }, 'a terminal could not be checked again')
        if (failureRow(error.code).retry === 'later') return
        const { environmentId, generation } = socket.data.grant
        const replaced = error.code === 'environment.not_found'
        if (replaced) sessions.closeWhere((key) => key.environmentId === environmentId && key.generation <= generation, 'replaced')
        turnAway(socket, replaced ? 'replaced' : 'refused', error.code)
      })
  const recheckWhere = (wanted: (grant: Grant) => boolean) => {
    hints++
    for (const socket of namespace.sockets.values()) if (wanted(socket.data.grant)) void recheck(socket)
  }
  const listening = Promise.all([
    deps.onEnvironmentChanged((changed) => recheckWhere(({ environmentId }) => changed === null || environmentId === changed)),
    // After hints were missed, those about environments have everything checked again already.
    deps.onRightsChanged((changed) => recheckWhere(({ userId }) => userId === changed)),
  ])
  // Without hints the cadence still tells; a database that cannot be listened to is said by whoever asks it next.
  listening.catch((error: unknown) => log().warn({ err: error }, 'the gateway hears no hints'))
  let round = 0
  const cadence = setInterval(() => {
    const isForAll = ++round % RECHECK_ASLEEP_EVERY === 0
    standings.keepOnly(new Set([...namespace.sockets.values()].map(({ data }) => data.grant.environmentId)))
    recheckWhere(({ environmentId }) => isForAll || standings.of(environmentId).power !== 'asleep')
  }, deps.recheckMs ?? RECHECK_MS)
  const close = async () => {
    clearInterval(cadence)
    listening.then(
      (stops) => {
        for (const stop of stops) stop()
      },
      () => {},
    )
    await sessions.goAway(FAREWELL_MS)
    // A page that has heard hangs up by itself; cut off before, it would not know what was typed.
    await within(FAREWELL_MS, allGone(namespace))
    namespace.disconnectSockets()
  }
  return {
    get shells() {
      return sessions.size
    },
    close() {
      closing ??= close()
      return closing
    },
  }
}

async function admit(socket: TerminalSocket, deps: GatewayDeps, standings: Standings): Promise<Omit<Admitted, 'hints'>> {
  const hello = readHello(socket.handshake.auth)
  if (!hello) throw fail('input.invalid', { internal: 'a terminal was greeted in a form that is not understood' })
  const admitted = deps.admit(hello, socket.handshake.headers)
  await standings.read({ environmentId: hello.environment }, async () => (await admitted).standing)
  return { hello, grant: (await admitted).grant }
}

/** The refusal in the one form in which Socket.IO carries it to the page. */
function refusal(error: unknown): Error & { data: { code: FailureCode; says: string; retry: boolean } } {
  const code = isFailure(error) ? error.code : 'internal.fault'
  if (isFailure(error)) log().info({ code, internal: error.internal }, 'terminal refused')
  else log().error({ err: error }, 'terminal handshake failed')
  const row = failureRow(code)
  return Object.assign(new Error(code), { data: { code, says: row.says, retry: row.retry !== 'no' } })
}

function windowOf(socket: TerminalSocket, { client, keeps }: Hello, { mode }: Grant): Window {
  return {
    client,
    keeps,
    writable: mode === 'write',
    welcome: (welcome) => void socket.emit('welcome', welcome),
    output: (seq, bytes) => void socket.emit('output', seq, bytes),
    size: (size) => void socket.emit('size', size),
    accepted: (seq) => void socket.emit('accepted', seq),
    dismiss: () => void socket.disconnect(),
    state(state) {
      socket.emit('state', state)
      // What was said before is still sent.
      if (state.state === 'ended' && state.reason !== 'going_away') socket.disconnect()
    },
  }
}

/** Every message is checked for form and right; a page that breaks the rules is hung up on, and comes back in order. */
function listenTo(socket: TerminalSocket, place: Place, { mode }: Grant): void {
  const hangUp = () => void socket.disconnect()
  socket.on('input', (rawSeq, rawBytes) => {
    const seq = readSeq(rawSeq)
    const bytes = readBytes(rawBytes)
    if (mode !== 'write' || seq === null || bytes === null) return hangUp()
    const verdict = place.input(seq, bytes)
    if (verdict === 'flooded' || verdict === 'disordered') hangUp()
  })
  socket.on('resize', (rawSize) => {
    const size = readSize(rawSize)
    if (size) place.resize(size)
    else hangUp()
  })
  socket.on('ack', (rawSeq) => {
    const seq = readSeq(rawSeq)
    if (seq === null || !place.ack(seq)) hangUp()
  })
  socket.on('alive', (rawAnswer: unknown) => {
    if (typeof rawAnswer === 'function') rawAnswer()
    else hangUp()
  })
  socket.on('disconnect', () => place.leave())
}

function turnAway(socket: TerminalSocket, reason: EndReason, code: FailureCode): void {
  socket.emit('state', { state: 'ended', reason, code, says: failureRow(code).says })
  socket.disconnect()
}

function allGone(namespace: TerminalNamespace): Promise<unknown> {
  const sockets = [...namespace.sockets.values()]
  return Promise.all(sockets.map((socket) => new Promise<void>((resolve) => socket.once('disconnect', () => resolve()))))
}

/** For what must not hold anybody up. */
function unheard(work: Promise<void>, says: string): void {
  work.catch((error: unknown) => log().warn({ err: error }, says))
}
