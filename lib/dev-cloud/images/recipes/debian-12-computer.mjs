// What a computer needs that a sandbox has not: its kernel, its loader, and everything that the sandbox's base took away, put right again.

const cloudInit = `# Where an OpenStack gives its data: on a small disk of its own, or at the metadata address.
datasource_list: [ConfigDrive, OpenStack, NoCloud, None]
datasource:
  OpenStack: {timeout: 5, max_wait: 30}
# The sources are those that this image was made from.
apt: {preserve_sources_list: true}
# sshd names this one only.
ssh_genkeytypes: [ed25519]
system_info:
  network: {renderers: [networkd]}
`

// A card that no network answers does not keep the rest waiting.
const waitOnline = `[Service]
ExecStart=
ExecStart=/lib/systemd/systemd-networkd-wait-online --any
`

// The BIOS reads the first sector, that reads core.img behind it, and core.img reads this. Debian keeps the two links of the root folder
// leading to the newest kernel, so nothing has to be written here when it is upgraded.
const loaderSettings = `linux /vmlinuz root=LABEL=root ro console=tty0 console=ttyS0,115200
initrd /initrd.img
boot
`

// GRUB's maker and its parts are unpacked and thrown away: a disk is not made with grub-install, which wants a device.
const loader = `work=$(mktemp -d); cd $work
apt-get -qq download grub-pc-bin grub-common libdevmapper1.02.1
for package in *.deb; do dpkg-deb --extract $package all; done
modules=all/usr/lib/grub/i386-pc
LD_LIBRARY_PATH=$(echo all/lib/*-linux-gnu) all/usr/bin/grub-mkimage -d $modules -O i386-pc -p '(,msdos1)/boot' -c /boot/loader/loader.cfg \\
  -o /boot/loader/core.img biosdisk part_msdos ext2 linux
cp $modules/boot.img /boot/loader/boot.img
cd /; rm -rf $work`

/** @type {NonNullable<import('../recipe.mjs').Recipe['computer']>} */
export const computer = {
  packages: [
    'cloud-guest-utils',
    'cloud-init',
    'e2fsprogs',
    'fdisk',
    'initramfs-tools',
    'libnss-myhostname',
    'linux-image-cloud-amd64',
    'systemd-resolved',
    'systemd-timesyncd',
    'udev',
    'zstd',
  ],
  // Of these, files were removed or changed.
  reinstalled: ['base-files', 'dbus', 'openssh-server', 'systemd'],
  removed: [
    // Settings and stand-ins of a sandbox.
    'etc/systemd/system/cloud-init.service',
    'etc/systemd/system/multi-user.target.wants/cloud-init.service',
    'usr/local/lib/cloud-init',
    'usr/local/bin/cloud-init',
    'etc/systemd/system/ssh.service',
    'etc/systemd/system/sshd.service',
    'etc/systemd/system/sysinit.target.wants/ssh.service',
    'etc/systemd/system/systemd-tmpfiles-setup.service',
    'etc/systemd/system/multi-user.target.wants/systemd-tmpfiles-setup.service',
    'etc/systemd/system/default.target',
    'etc/systemd/journald.conf.d/10-machine.conf',
    'etc/systemd/system.conf.d/10-machine.conf',
    'etc/tmpfiles.d/systemd-nologin.conf',
    // It lacks the message of the day; its package brings it back as it was.
    'etc/pam.d/sshd',
    // What was copied from the computer that built the base. The resolver of the machine makes its own link.
    'etc/hostname',
    'etc/resolv.conf',
  ],
  files: [
    { path: 'etc/fstab', content: 'LABEL=root / ext4 defaults,errors=remount-ro 0 1\n' },
    { path: 'etc/cloud/cloud.cfg.d/95-computer.cfg', content: cloudInit },
    // Without any data the machine still has host keys and its user.
    { path: 'etc/cloud/ds-identify.cfg', content: 'policy: search,found=first,maybe=all,notfound=enabled\n' },
    { path: 'etc/systemd/system/systemd-networkd-wait-online.service.d/10-computer.conf', content: waitOnline },
    { path: 'boot/loader/loader.cfg', content: loaderSettings },
  ],
  commands: [
    // What Debian starts by itself; a package that comes a second time respects that somebody has removed the link.
    'systemctl enable ssh.service getty@tty1.service remote-fs.target systemd-pstore.service',
    'systemctl enable systemd-networkd.service systemd-resolved.service systemd-timesyncd.service',
    'systemctl enable apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer',
    'systemctl set-default multi-user.target',
    // Only an image that is thrown away when its build fails can do without.
    "sed -i '/force-unsafe-io/d' /etc/dpkg/dpkg.cfg.d/99mmdebstrap",
    // Layers that were built earlier have removed it.
    'install -d -m 700 /var/cache/ldconfig',
    loader,
    // Nobody's yet: given at the first boot.
    'rm -f /etc/ssh/ssh_host_* /var/lib/dbus/machine-id && : > /etc/machine-id',
    'rm -rf /var/lib/cloud',
  ],
  masked: [],
}
