// A disk that a computer boots, from layers, as shell text. Pure.

const SECTOR = 512
/** Where the partition begins: the loader has the sectors before it to itself (as `grub-install` and every partitioner since 2010 have it). */
const FIRST_SECTOR = 2048

/** Named here in full: what mke2fs makes by itself differs between computers, and GRUB 2.06 reads not all of it. */
const fileSystem = `[defaults]
base_features = sparse_super,large_file,filetype,resize_inode,dir_index,ext_attr
blocksize = 4096
inode_size = 256
inode_ratio = 16384
[fs_types]
ext4 = {
features = has_journal,extent,huge_file,flex_bg,metadata_csum,64bit,dir_nlink,extra_isize
}`

/** What the script below is made with, each with the Debian package that has it. */
export const DISK_PROGRAMS = { sfdisk: 'fdisk', mke2fs: 'e2fsprogs' }

/**
 * Writes `$1/disk.raw`: one partition with an ext4 file system named root that holds the layers $2 (topmost first, with colons between;
 * at least two), and the loader that the topmost one brings in `boot/loader` before it. Neither loop devices nor a device's own node are
 * needed. Run as mapped root in namespaces of its own, so the ids on the disk are those inside.
 * @param {{ gib: number }} size of the disk
 */
export function diskScript({ gib }) {
  const kib = gib * 1024 * 1024 - (FIRST_SECTOR * SECTOR) / 1024
  return `R=$1; root=$R/root; disk=$R/disk.raw
mount -t overlay overlay -o "lowerdir=$2,userxattr" "$root"
loader=$root/boot/loader
room=${(FIRST_SECTOR - 1) * SECTOR}
[ "$(stat -c %s "$loader/core.img")" -le "$room" ] || { echo 'the loader is larger than the room before the partition' >&2; exit 1; }
cat > "$R/tmp/mke2fs.conf" <<'E'
${fileSystem}
E
rm -f "$disk"; truncate -s ${gib}G "$disk"
echo 'start=${FIRST_SECTOR}, type=83, bootable' | sfdisk -q --no-reread --no-tell-kernel --label dos "$disk"
MKE2FS_CONFIG=$R/tmp/mke2fs.conf mke2fs -q -F -t ext4 -L root -m 1 -E offset=${FIRST_SECTOR * SECTOR} -d "$root" "$disk" ${kib}k
dd if="$loader/boot.img" of="$disk" bs=440 count=1 conv=notrunc status=none
dd if="$loader/core.img" of="$disk" bs=${SECTOR} seek=1 conv=notrunc status=none
`
}

/**
 * The command that brings a disk into an OpenStack (python-openstackclient).
 * @param {{ name: string, file: string, format: 'qcow2' | 'raw', gib: number }} disk
 */
export function glanceCommand({ name, file, format, gib }) {
  const options = `--disk-format ${format} --container-format bare --min-disk ${gib} --property hw_disk_bus=virtio`
  return `openstack image create ${options} --file ${file} ${name}`
}
