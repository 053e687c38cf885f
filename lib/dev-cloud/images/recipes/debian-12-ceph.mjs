// Ceph as Debian packages it. Nothing of it runs by itself: a lab's own user data makes a cluster of it.

// On a usual machine these are there before any service; here they are made after SSH answers.
const afterTemporaryFiles = '[Unit]\nWants=systemd-tmpfiles-setup.service\nAfter=systemd-tmpfiles-setup.service\n'

/** @type {import('../recipe.mjs').Recipe} */
export const recipe = {
  name: 'debian-12-ceph',
  base: 'debian-12',
  user: 'debian',
  diskGiB: 4,
  format: 1,
  packages: ['ceph-common', 'ceph-mgr', 'ceph-mon', 'ceph-osd'],
  excluded: [],
  included: [],
  commands: [
    // Who makes a cluster enables what belongs to it, one by one; the targets only gather them.
    'systemctl enable ceph.target ceph-mon.target ceph-mgr.target ceph-osd.target',
  ],
  files: ['mon', 'mgr', 'osd'].map((kind) => ({
    path: `etc/systemd/system/ceph-${kind}@.service.d/10-machine.conf`,
    content: afterTemporaryFiles,
  })),
  // No disks to look through or to watch, no reports to send to anybody.
  masked: [
    'ceph-crash.service',
    'ceph-volume@.service',
    'nvmefc-boot-connections.service',
    'nvmf-autoconnect.service',
    'smartmontools.service',
    'lvm2-monitor.service',
    'lvm2-lvmpolld.socket',
    'blk-availability.service',
    'dm-event.socket',
    'uuidd.socket',
    'rbdmap.service',
  ],
  maskedGenerators: [],
}
