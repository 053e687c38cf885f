import type { Cloud } from '../cloud.ts'
import { DriverFailure } from '../driver.ts'
import { sameJson } from '../json.ts'
import { hostsOf } from '../neutron/addresses.ts'
import { rootOf, type Stack } from '../state.ts'

/**
 * Tells every machine of the family that has been made the names and addresses of all the others, made or planned, where that is news. A
 * machine that is made later knows them from its first moment.
 */
export async function spreadNames(cloud: Cloud, stack: Stack): Promise<void> {
  const root = rootOf(stack)
  const hosts = hostsOf(root)
  const line = ({ address, names }: (typeof hosts)[number]) => `${address} ${names.join(' ')}`
  const known = hosts.map(line).sort()
  const uninformed = Object.values(root.things.servers).filter(
    ({ status, spec }) => status !== 'BUILD' && status !== 'ERROR' && !sameJson(spec.hosts.map(line).sort(), known),
  )
  await Promise.all(
    uninformed.map(async ({ id, spec }) => {
      spec.hosts = hosts
      cloud.state.changed(root)
      await cloud.driver.tellHosts(id, hosts).catch((error: unknown) => {
        if (error instanceof DriverFailure && error.code === 'machine.missing') return
        cloud.log(
          `stack ${root.name}: machine ${spec.name} does not know all names: ${error instanceof Error ? error.message : String(error)}`,
        )
      })
    }),
  )
}
