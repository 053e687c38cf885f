import type { Connection } from 'ssh2'
import { type Driver, type DriverEvents, DriverFailure, type KnownMachine, type ServerSpec } from '../driver.ts'
import { createTurns } from '../ns/turns.ts'
import { signalsIn } from './null-signals.ts'
import { type HostKey, type Line, openHostKey, openLine, play } from './null-ssh.ts'

/** How long played machines take, in milliseconds. */
export type NullTimes = { start: number; suspend: number; resume: number; stop: number; delete: number }

export type NullOptions = {
  /** For the host key; everything else is in the cloud's own records. */
  folder: string
  times: NullTimes
  events: DriverEvents
  now: () => Date
  /** Who answers SSH on a machine instead of the play. */
  serve?: (spec: ServerSpec, connection: Connection) => void
}

type Machine = KnownMachine & { lines: Set<Line> }

/**
 * Machines that are only played, for scale: they take the time that they are given, signal what their user data asks for, and answer
 * SSH. One that nothing is done to costs a record in memory, and no timer.
 */
export function createNullDriver({ folder, times, events, now, serve }: NullOptions): Driver {
  const machines = new Map<string, Machine>()
  const turns = createTurns()
  let key: HostKey | undefined

  const known = (id: string): Machine => {
    const machine = machines.get(id)
    if (!machine) throw new DriverFailure('machine.missing', 'This machine does not exist.')
    return machine
  }
  const cut = (machine: Machine) => {
    for (const line of machine.lines) line.cut()
  }
  const hostKey = (): HostKey => {
    if (!key) throw new DriverFailure('machine.failed', 'The driver was not started.')
    return key
  }
  /** One thing at a time for each machine; it is other than before once the time is over. `mustRun`: not to one that is off. */
  const change = (id: string, { afterMs, mustRun = false }: { afterMs: number; mustRun?: boolean }, what: (machine: Machine) => void) =>
    turns(id, async () => {
      if (mustRun && known(id).state === 'off') throw new DriverFailure('machine.off', 'This machine is off.')
      await pause(afterMs)
      what(known(id))
    })
  const remove = (id: string) =>
    turns(id, async () => {
      const machine = machines.get(id)
      if (!machine) return
      await pause(times.delete)
      cut(machine)
      machines.delete(id)
    })
  const boot = (spec: ServerSpec) => {
    for (const { path, token, body } of signalsIn(spec.userData, { name: spec.name, hostKey: hostKey().line })) {
      const headers = { 'x-auth-token': token, 'content-type': 'application/json' }
      const remoteAddress = spec.nics[0]?.address ?? ''
      // A machine that is not listened to says it once and no more, as `curl` would.
      void events
        .onMetadataRequest(spec.spaceId, { method: 'POST', path, headers, body: JSON.stringify(body), remoteAddress })
        .catch(() => undefined)
    }
  }
  const nothing = async () => undefined
  return {
    name: 'null',
    async start(before) {
      key = await openHostKey(folder)
      for (const machine of before) machines.set(machine.spec.id, { ...machine, lines: new Set() })
    },
    createSpace: nothing,
    createNetwork: nothing,
    deleteNetwork: nothing,
    connectNetworks: nothing,
    filterSpace: nothing,
    async deleteSpace(spaceId) {
      const inside = [...machines.values()].filter(({ spec }) => spec.spaceId === spaceId)
      await Promise.all(inside.map(({ spec }) => remove(spec.id)))
    },
    createServer: (spec) =>
      turns(spec.id, async () => {
        const before = machines.get(spec.id)
        if (before && before.state !== 'off') return
        await pause(times.start)
        machines.set(spec.id, { spec, state: 'on', lines: new Set() })
        if (!before) boot(spec)
      }),
    deleteServer: remove,
    stopServer: (id) =>
      change(id, { afterMs: times.stop }, (machine) => {
        machine.state = 'off'
        cut(machine)
      }),
    startServer: (id) =>
      change(id, { afterMs: times.start }, (machine) => {
        machine.state = 'on'
      }),
    freezeServer: (id) =>
      change(id, { afterMs: times.suspend, mustRun: true }, (machine) => {
        machine.state = 'frozen'
        for (const line of machine.lines) line.hold(true)
      }),
    thawServer: (id) =>
      change(id, { afterMs: times.resume, mustRun: true }, (machine) => {
        if (machine.state === 'frozen') for (const line of machine.lines) line.hold(false)
        machine.state = 'on'
      }),
    tellHosts: async (id) => void known(id),
    // There are no files to be kept.
    snapshotServer: async (id) => void known(id),
    restoreServer: (id) =>
      change(id, { afterMs: times.start }, (machine) => {
        if (machine.state === 'off') return
        machine.state = 'on'
        cut(machine)
      }),
    deleteSnapshot: nothing,
    createVolume: nothing,
    deleteVolume: nothing,
    attachVolume: async (id) => void known(id),
    detachVolume: nothing,
    async dial(id, port) {
      const machine = known(id)
      if (machine.state === 'off') throw new DriverFailure('machine.off', 'This machine is off.')
      if (machine.state === 'frozen') throw new DriverFailure('machine.refused', 'The machine is suspended.')
      if (port !== 22) throw new DriverFailure('machine.refused', 'The machine does not answer.')
      const { spec } = machine
      const line = openLine(hostKey(), (connection) => {
        if (serve) serve(spec, connection)
        else play(connection, () => ({ name: spec.name, now: now() }))
      })
      machine.lines.add(line)
      line.far.once('close', () => machine.lines.delete(line))
      return line.far
    },
    inspect: async () =>
      [...machines.values()].map(({ spec, state }) => ({ id: spec.id, spaceId: spec.spaceId, state, disk: null, cgroup: null, pid: null })),
    async consoleLog(id) {
      const { name } = known(id).spec
      return `-----BEGIN SSH HOST KEY KEYS-----\n${hostKey().line}\n-----END SSH HOST KEY KEYS-----\n${name} login: \n`
    },
    async close() {
      for (const machine of machines.values()) cut(machine)
    },
  }
}

function pause(ms: number): Promise<void> {
  return ms <= 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, ms))
}
