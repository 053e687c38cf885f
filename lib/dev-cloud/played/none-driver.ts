import { type Driver, DriverFailure } from '../driver.ts'

/**
 * The driver of a computer that cannot carry machines: everything but machines works, and making one fails with the
 * reason and the remedy. `machines.unavailable`.
 */
export function createNoneDriver({ reason, remedy }: { reason: string; remedy: string }): Driver {
  const refuse = async (): Promise<never> => {
    throw new DriverFailure('machines.unavailable', `This computer cannot run machines: ${reason}. ${remedy}`)
  }
  const nothing = async () => undefined
  return {
    name: 'none',
    start: nothing,
    createSpace: nothing,
    createNetwork: nothing,
    deleteNetwork: nothing,
    connectNetworks: nothing,
    filterSpace: nothing,
    deleteSpace: nothing,
    createServer: refuse,
    deleteServer: nothing,
    stopServer: refuse,
    startServer: refuse,
    freezeServer: refuse,
    thawServer: refuse,
    tellHosts: nothing,
    snapshotServer: refuse,
    restoreServer: refuse,
    deleteSnapshot: nothing,
    createVolume: nothing,
    deleteVolume: nothing,
    attachVolume: refuse,
    detachVolume: nothing,
    dial: refuse,
    inspect: async () => [],
    consoleLog: async () => '',
    close: nothing,
  }
}
