import type { AttachedVolume } from '../driver.ts'
import { METADATA_ADDRESS } from './portal.ts'

/**
 * Where a space sees the images, the machines' disks and the volumes, whatever private folder they lie in: a folder of this host that
 * is covered inside the space only, and holds none of them.
 */
export function slotFor(folders: string[], exists: (path: string) => boolean): string {
  const free = ['/mnt', '/srv', '/media', '/opt', '/tmp'].find(
    (slot) => exists(slot) && !folders.some((folder) => `${folder}/`.startsWith(`${slot}/`)),
  )
  if (free === undefined) throw new Error('none of /mnt, /srv, /media, /opt and /tmp is free to be covered')
  return free
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

/**
 * Real root, in a mount namespace of its own: brings the three folders to a place that mapped root may reach (they may lie
 * under a folder of mode 0700), then makes the user, network and mount namespaces of the space. Prints `ready`; its
 * caller writes the id maps.
 */
export function spaceScript({ slot, images, machines, volumes }: Record<'slot' | 'images' | 'machines' | 'volumes', string>): string {
  return `mount -t tmpfs -o mode=755,size=64k,nosuid,nodev slot ${slot}
mount -o rbind,X-mount.mkdir ${quote(images)} ${slot}/images
mount -o bind,X-mount.mkdir ${quote(machines)} ${slot}/machines
mount -o bind,X-mount.mkdir ${quote(volumes)} ${slot}/volumes
exec unshare -U -n -m -- sh -c 'echo ready; exec sleep infinity'`
}

/** Mapped root in the space's namespaces: the router. Stays as the process that keeps them alive. */
export const keeperScript = `ip -batch - <<'E'
link set lo up
addr add ${METADATA_ADDRESS}/32 dev lo
E
echo 1 > /proc/sys/net/ipv4/ip_forward
echo 80 > /proc/sys/net/ipv4/ip_unprivileged_port_start
echo up
exec sleep infinity </dev/null >/dev/null 2>&1`

/** `ip` commands for one network: a bridge with the gateway's address. */
export function bridgeScript({ bridge, gateway, prefixLength }: { bridge: string; gateway: string; prefixLength: number }): string {
  return `ip link show ${bridge} >/dev/null 2>&1 || ip -batch - <<'E'
link add ${bridge} type bridge
addr add ${gateway}/${prefixLength} dev ${bridge} noprefixroute
link set ${bridge} up
route add ${subnetOf(gateway, prefixLength)} dev ${bridge} scope link src ${gateway} quickack 1
rule add pref ${APART} iif ${bridge} unreachable
E`
}

/** Rules of routing (ip-rule(8)): the ways between networks that have a router come before the one that lets nothing through. */
const JOINED = 100
const APART = 200

export type Way = { bridge: string; gateway: string; prefixLength: number }

/** The ways between networks, all of them anew: from each to each other one of the same router. */
export function routerScript(routers: Way[][]): string {
  const ways = routers.flatMap((router) =>
    router.flatMap((from) =>
      router
        .filter((to) => to.bridge !== from.bridge)
        .map((to) => `rule add pref ${JOINED} iif ${from.bridge} to ${subnetOf(to.gateway, to.prefixLength)} lookup main`),
    ),
  )
  return `while ip rule del pref ${JOINED} 2>/dev/null; do :; done
ip -batch - <<'E'
${ways.join('\n')}
E`
}

/** Removes a network's bridge, and the rule that goes by its name. */
export function bridgeEndScript(bridge: string): string {
  return `ip link delete ${bridge} 2>/dev/null || :
ip rule del pref ${APART} iif ${bridge} 2>/dev/null || :`
}

/**
 * The route to the subnet is made by hand for `quickack`: with delayed acknowledgements every small packet that follows
 * another waits 40 ms (RFC 896 and RFC 1122, 4.2.3.2), which a sign-in over SSH does four times.
 */
function subnetOf(address: string, prefixLength: number): string {
  const bits = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  const size = 2 ** (32 - prefixLength)
  const base = Math.floor(bits / size) * size
  return `${[24, 16, 8, 0].map((shift) => Math.floor(base / 2 ** shift) % 256).join('.')}/${prefixLength}`
}

/** Where a space sees a volume's file. */
export function volumeInSpace(slot: string, id: string): string {
  return `${slot}/volumes/${id}/disk/data`
}

export type MachineNic = { bridge: string; port: string; address: string; prefixLength: number; gateway: string | null; mac: string }

/**
 * Real root: joins the machine's control groups (arguments), then enters the space and makes the machine's namespaces. When this
 * computer's memory ends, what is in there goes before anything else; what init starts goes before init (disk.ts).
 */
export const joinScript = `while [ "$1" != -- ]; do echo $$ > "$1"; shift; done; shift
echo 200 > /proc/self/oom_score_adj || :
exec "$@"`

/** `volumes`: their devices. */
export type MachineStart = {
  id: string
  slot: string
  keeperPid: number
  init: 'systemd' | 'plain'
  nics: MachineNic[]
  volumes?: string[]
}

/** Where a machine's layers and console lie in its space; `disk`: on a disk of their own (disk-image.ts). */
export type MachineLayers = {
  id: string
  slot: string
  layers: string[]
  hasGroup: boolean
  disk?: 'image'
  volumes?: AttachedVolume[] | undefined
}

/**
 * Process 1 of the machine until init takes its place: plugs the network cards into the bridges, stacks the disk, turns
 * the root. Talks with its starter: prints `pid N` (as this host counts), waits for a line, prints `up` as the last thing.
 */
export function machineScript({ id, slot, keeperPid, init, nics, volumes = [] }: MachineStart): string {
  const disk = `${slot}/machines/${id}`
  const plugs = nics.map(
    (nic, index) =>
      `link add ${nic.port} master ${nic.bridge} up type veth peer name eth${index} address ${nic.mac} netns /proc/$pid/ns/net`,
  )
  const plugIn = `nsenter --net=/proc/${keeperPid}/ns/net ip -batch - <<E\n${plugs.join('\n')}\nE`
  return `read -r pid rest < /proc/self/stat
echo "pid $pid"
${plugs.length > 0 ? plugIn : ''}
ip -batch - <<'E'
link set lo up
${nics.flatMap(cardCommands).join('\n')}
E
echo '0 65535' > /proc/sys/net/ipv4/ping_group_range
mount -aT ${disk}/layers.fstab
${init === 'plain' ? `cp ${disk}/init.sh ${disk}/root/run/init\n` : ''}cd ${disk}/root/dev
for name in ${[...DEVICES, 'console', ...volumes].join(' ')}; do : > $name; done
ln -s pts/ptmx ptmx; ln -s /proc/self/fd fd
mount -aT ${disk}/devices.fstab
cd ..
read -r go
pivot_root . mnt
cd /
umount -l /mnt
echo up
exec env -i container=dev-cloud TERM=linux PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin ${init === 'plain' ? '/bin/sh /run/init' : '/sbin/init'} </dev/null >/dev/console 2>&1`
}

function cardCommands(nic: MachineNic, index: number): string[] {
  const card = `eth${index}`
  const subnet = subnetOf(nic.address, nic.prefixLength)
  const up = [
    `addr add ${nic.address}/${nic.prefixLength} dev ${card} noprefixroute`,
    `link set ${card} up`,
    `route add ${subnet} dev ${card} scope link src ${nic.address} quickack 1`,
  ]
  if (nic.gateway !== null && index === 0) return [...up, `route add default via ${nic.gateway} dev ${card}`]
  // Without a router the metadata address is on the wire itself (as with a DHCP agent in Neutron).
  return index === 0 ? [...up, `route add ${METADATA_ADDRESS}/32 dev ${card}`] : up
}

/** The host's harmless devices and no others; the console is a file that the cloud can show. */
const DEVICES = ['null', 'zero', 'full', 'random', 'urandom', 'tty']

/**
 * The mounts of a machine as two tables of fstab(5), so that one process each makes them all. By name: the file in the
 * machine's folder. `hasGroup`: it has a control group of its own to see. `layers`: of its
 * image, topmost first.
 */
export function mountTables({ id, slot, layers, disk: kind, hasGroup, volumes = [] }: MachineLayers): Record<string, string> {
  const folder = `${slot}/machines/${id}`
  const disk = kind === 'image' ? `${folder}/disk` : folder
  const root = `${folder}/root`
  const lower = layers.map((layer) => `${slot}/images/${layer}/rootfs`).join(':')
  const mounts = [
    `overlay ${root} overlay lowerdir=${lower},upperdir=${disk}/upper,workdir=${disk}/work,userxattr 0 0`,
    `proc ${root}/proc proc nosuid,nodev,noexec 0 0`,
    `sysfs ${root}/sys sysfs ro,nosuid,nodev,noexec 0 0`,
    ...(hasGroup ? [`cgroup2 ${root}/sys/fs/cgroup cgroup2 nosuid,nodev,noexec 0 0`] : []),
    `dev ${root}/dev tmpfs mode=755,size=1m,nosuid 0 0`,
    `run ${root}/run tmpfs mode=755,nosuid,nodev 0 0`,
  ]
  const devices = [
    ...DEVICES.map((name) => `/dev/${name} ${root}/dev/${name} none bind 0 0`),
    `${disk}/console.log ${root}/dev/console none bind 0 0`,
    ...volumes.map((volume) => `${volumeInSpace(slot, volume.id)} ${root}/dev/${volume.device} none bind 0 0`),
    `devpts ${root}/dev/pts devpts newinstance,ptmxmode=0666,mode=0620,gid=5,X-mount.mkdir 0 0`,
    `shm ${root}/dev/shm tmpfs mode=1777,nosuid,nodev,X-mount.mkdir 0 0`,
    `mqueue ${root}/dev/mqueue mqueue nosuid,nodev,noexec,X-mount.mkdir 0 0`,
  ]
  return { 'layers.fstab': `${mounts.join('\n')}\n`, 'devices.fstab': `${devices.join('\n')}\n` }
}
