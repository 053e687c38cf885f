const SECTOR = 2048
const both = (bytes: number, value: number): Buffer => {
  const field = Buffer.alloc(bytes * 2)
  field.writeUIntLE(value, 0, bytes)
  field.writeUIntBE(value, bytes, bytes)
  return field
}
const sectors = (bytes: number): number => Math.ceil(bytes / SECTOR)

type Entry = { name: Buffer; sector: number; bytes: number; isFolder: boolean }

/** ECMA-119, 9.1. */
function directoryRecord({ name, sector, bytes, isFolder }: Entry): Buffer {
  const padded = name.length % 2 === 0 ? 1 : 0
  const date = Buffer.from([126, 1, 1, 0, 0, 0, 0])
  const head = [Buffer.from([33 + name.length + padded, 0]), both(4, sector), both(4, bytes), date]
  return Buffer.concat([...head, Buffer.from([isFolder ? 2 : 0, 0, 0]), both(2, 1), Buffer.from([name.length]), name, Buffer.alloc(padded)])
}

/**
 * A CD image of the label `config-2` with files in `openstack/latest`, as Nova gives it to a server (`config_drive_format` iso9660). Names
 * are kept in small letters, as everybody who reads such a drive expects.
 */
export function configDrive(files: Record<string, string>): Buffer {
  const contents = Object.entries(files).map(([name, text]) => ({ name, content: Buffer.from(text) }))
  // 16: the volume; 17: the end of such; 18, 19: the folders in both byte orders; 20 to 22: the folders.
  const folders = [20, 21, 22]
  let next = 23
  const placed = contents.map(({ name, content }) => {
    const sector = next
    next += sectors(content.length)
    return { name, content, sector }
  })
  const image = Buffer.alloc(Math.max(next, 200) * SECTOR)
  const folder = (sector: number, parent: number, entries: Entry[]) => {
    const own = [Buffer.from([0]), Buffer.from([1])].map((name, index) => ({
      name,
      sector: index === 0 ? sector : parent,
      bytes: SECTOR,
      isFolder: true,
    }))
    Buffer.concat([...own, ...entries].map(directoryRecord)).copy(image, sector * SECTOR)
  }
  const [root = 0, openstack = 0, latest = 0] = folders
  folder(root, root, [{ name: Buffer.from('openstack'), sector: openstack, bytes: SECTOR, isFolder: true }])
  folder(openstack, root, [{ name: Buffer.from('latest'), sector: latest, bytes: SECTOR, isFolder: true }])
  const inside = placed.map(({ name, content, sector }) => ({
    name: Buffer.from(`${name};1`),
    sector,
    bytes: content.length,
    isFolder: false,
  }))
  folder(
    latest,
    openstack,
    inside.sort((one, other) => one.name.compare(other.name)),
  )
  for (const { content, sector } of placed) content.copy(image, sector * SECTOR)
  const paths = [
    { name: '\0', sector: root, parent: 1 },
    { name: 'openstack', sector: openstack, parent: 1 },
    { name: 'latest', sector: latest, parent: 2 },
  ]
  const table = (isBig: boolean) =>
    Buffer.concat(
      paths.map(({ name, sector, parent }) => {
        const row = Buffer.alloc(8 + name.length + (name.length % 2))
        row.writeUInt8(name.length, 0)
        if (isBig) row.writeUInt32BE(sector, 2)
        else row.writeUInt32LE(sector, 2)
        if (isBig) row.writeUInt16BE(parent, 6)
        else row.writeUInt16LE(parent, 6)
        row.write(name, 8, 'latin1')
        return row
      }),
    )
  table(false).copy(image, 18 * SECTOR)
  table(true).copy(image, 19 * SECTOR)
  const volume = image.subarray(16 * SECTOR, 17 * SECTOR)
  volume.fill(' ', 8, 72)
  volume.fill(' ', 190, 813)
  volume.write('\x01CD001\x01', 0, 'latin1')
  volume.write('config-2', 40, 'latin1')
  both(4, image.length / SECTOR).copy(volume, 80)
  both(2, 1).copy(volume, 120)
  both(2, 1).copy(volume, 124)
  both(2, SECTOR).copy(volume, 128)
  both(4, table(false).length).copy(volume, 132)
  volume.writeUInt32LE(18, 140)
  volume.writeUInt32BE(19, 148)
  directoryRecord({ name: Buffer.from([0]), sector: root, bytes: SECTOR, isFolder: true }).copy(volume, 156)
  for (const at of [813, 830, 847, 864]) volume.write('0'.repeat(16), at, 'latin1')
  volume.writeUInt8(1, 881)
  image.write('\xffCD001\x01', 17 * SECTOR, 'latin1')
  return image
}
