import { rm } from 'node:fs/promises'
import { type Driver, type DriverEvents, DriverFailure } from '../driver.ts'
import { localShells, NO_ISOLATION } from './local-shells.ts'
import { createNullDriver } from './null-driver.ts'

const AT_ONCE = { start: 0, suspend: 0, resume: 0, stop: 0, delete: 0 }

/** Why this driver is not started, with how it would be; or null. */
export function whyNotLocal(facts: {
  understood: boolean
  uid: number
  platform: NodeJS.Platform
}): { reason: string; remedy: string } | null {
  if (facts.platform !== 'linux')
    return { reason: 'the driver local needs Linux', remedy: 'Point the product at a real OpenStack instead.' }
  if (facts.uid === 0) return { reason: 'the driver local would hand out shells of root', remedy: 'Start it as an ordinary user.' }
  if (!facts.understood) return { reason: NO_ISOLATION, remedy: 'If that is what you want, set DEV_CLOUD_I_UNDERSTAND=1.' }
  return null
}

/**
 * The last resort: a machine is a home directory and shells of the account that runs the cloud. Its user data is not run; what it would
 * signal is signalled, as with the driver null, which it is otherwise.
 */
export function createLocalDriver({ folder, events, now }: { folder: string; events: DriverEvents; now: () => Date }): Driver {
  const shells = localShells(folder)
  const played = createNullDriver({ folder, times: AT_ONCE, events, now, serve: (spec, connection) => shells.serve(spec, connection) })
  const remove = async (id: string) => {
    shells.signal(id, 'SIGKILL')
    await played.deleteServer(id)
    await rm(shells.homeOf(id), { recursive: true, force: true })
  }
  return {
    ...played,
    name: 'local',
    deleteServer: remove,
    async deleteSpace(spaceId) {
      const inside = (await played.inspect()).filter((machine) => machine.spaceId === spaceId)
      await Promise.all(inside.map(({ id }) => remove(id)))
    },
    async stopServer(id) {
      await played.stopServer(id)
      shells.signal(id, 'SIGKILL')
    },
    async freezeServer(id) {
      await played.freezeServer(id)
      await shells.stop(id)
    },
    async thawServer(id) {
      shells.signal(id, 'SIGCONT')
      await played.thawServer(id)
    },
    async snapshotServer() {
      throw new DriverFailure('machine.failed', 'The driver local keeps no disks.')
    },
    async restoreServer() {
      throw new DriverFailure('machine.failed', 'The driver local keeps no disks.')
    },
    inspect: async () => (await played.inspect()).map((machine) => ({ ...machine, disk: shells.homeOf(machine.id) })),
    consoleLog: async (id, bytes) => `${NO_ISOLATION}\n${await played.consoleLog(id, bytes)}`,
    async close(machines) {
      for (const { id } of await played.inspect()) shells.signal(id, 'SIGKILL')
      await played.close(machines)
    },
  }
}
