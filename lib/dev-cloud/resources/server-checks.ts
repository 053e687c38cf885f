import { Fault, invalidStack } from '../fault.ts'
import { isUnknown } from '../hot/call.ts'
import { isMap, type JsonMap, maps, pythonText, strings } from '../json.ts'

/**
 * What heat/engine/resources/openstack/nova/server.py, validate, and server_network_mixin.py, _validate_network, say against a server's
 * properties. Nova is taken to have microversion 2.91 or less (openstack/README.md, fact 31): tags and wishes for no network are known,
 * files by path (personality) have been gone since 2.57.
 */
export function checkServer(properties: JsonMap, name: string): void {
  checkDisks(properties, name)
  const networks = maps(properties.networks)
  for (const network of networks) checkNetwork(network, name)
  if (networks.length > 1 && networks.some(({ allocate_network: how }) => how !== undefined))
    throw invalidStack('Property "allocate_network" can not be specified if multiple network interfaces set for server.')
  if (networks.some(({ port }) => port !== undefined) && strings(properties.security_groups).length > 0)
    throw conflict('security_groups', 'networks/port')
  if (isMap(properties.personality) && Object.keys(properties.personality).length > 0)
    throw invalidStack('Cannot use the personality parameter as nova no longer supports it. Use user_data instead.')
  const entries = isMap(properties.metadata) ? Object.keys(properties.metadata).length : 0
  if (entries > 128) {
    const words = 'Instance metadata must not contain greater than 128 entries.'
    throw invalidStack(`${words}  This is the maximum number allowed by your service provider`)
  }
}

const conflict = (...names: string[]) =>
  new Fault(400, 'ResourcePropertyConflict', `Cannot define the following properties at the same time: ${names.join(', ')}.`)

function checkNetwork(network: JsonMap, name: string): void {
  const { port, subnet, fixed_ip: fixedIp, floating_ip: floatingIp, allocate_network: how } = network
  const net = network.network ?? network.uuid
  if (net === undefined && port === undefined && subnet === undefined && how === undefined) {
    const what = 'One of the properties "network", "port", "allocate_network" or "subnet" should be set'
    throw invalidStack(`${what} for the specified network of server "${name}".`)
  }
  if (how !== undefined && Object.keys(network).length !== 1)
    throw invalidStack('Can not specify "allocate_network" with other keys of networks at the same time.')
  if (fixedIp !== undefined && port !== undefined) throw conflict('networks/fixed_ip', 'networks/port')
  if (floatingIp !== undefined && net !== undefined && port === undefined && subnet === undefined) {
    const why = 'because the corresponding port can not be retrieved.'
    throw invalidStack(`Property "floating_ip" is not supported if only "network" is specified, ${why}`)
  }
}

function checkDisks(properties: JsonMap, name: string): void {
  const [first, second] = [maps(properties.block_device_mapping), maps(properties.block_device_mapping_v2)]
  if (first.length > 0 && second.length > 0) throw conflict('block_device_mapping', 'block_device_mapping_v2')
  let bootable = properties.image !== undefined
  for (const { device_name: device, volume_id: volume, snapshot_id: snapshot } of first) {
    bootable ||= device === 'vda'
    if (volume !== undefined && snapshot !== undefined) throw conflict('volume_id', 'snapshot_id')
    if (volume === undefined && snapshot === undefined)
      throw invalidStack(`Either volume_id or snapshot_id must be specified for device mapping ${pythonText(device)}`)
  }
  const sources = second.map((each) => checkSecondForm(each))
  bootable ||= sources.some(Boolean)
  if (!bootable) throw invalidStack(`Neither image nor bootable volume is specified for instance ${name}`)
  const count = sources.filter(Boolean).length + (properties.image === undefined ? 0 : 1)
  if (second.length > 0 && count !== 1) throw invalidStack(`Multiple bootable sources for instance ${name}.`)
}

/** Whether the server could boot from it. */
function checkSecondForm(disk: JsonMap): boolean {
  const image = disk.image ?? disk.image_id
  const ephemeral = disk.ephemeral_size ?? disk.ephemeral_format
  const given = [disk.volume_id, disk.snapshot_id, image, disk.swap_size, ephemeral].filter((value) => value !== undefined)
  if (given.length > 1) throw conflict('volume_id', 'snapshot_id', 'image', 'swap_size', 'ephemeral_size', 'ephemeral_format')
  if (given.length === 0) {
    const what = 'Either volume_id, snapshot_id, image_id, swap_size, ephemeral_size or ephemeral_format'
    throw invalidStack(`${what} must be specified.`)
  }
  const source = disk.volume_id ?? disk.snapshot_id ?? image
  return source !== undefined && (disk.boot_index === undefined || disk.boot_index === 0 || isUnknown(disk.boot_index))
}
