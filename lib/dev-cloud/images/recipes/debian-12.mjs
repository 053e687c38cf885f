// The first layer: what is on every machine of the embedded cloud.
import { computer } from './debian-12-computer.mjs'

const sshService = `[Unit]
Description=OpenSSH server
DefaultDependencies=no
Conflicts=shutdown.target
Before=shutdown.target

[Service]
Type=notify
ExecStart=/bin/sh -c 'k=/etc/ssh/ssh_host_ed25519_key; [ -s $k ] || { rm -f $k.new*; ssh-keygen -q -t ed25519 -N "" -C "" -f $k.new && mv $k.new.pub $k.pub && mv $k.new $k; }; exec /usr/sbin/sshd -D'
ExecReload=/bin/kill -HUP $MAINPID
KillMode=process
TasksMax=infinity
Restart=on-failure
RuntimeDirectory=sshd
RuntimeDirectoryMode=0755

[Install]
WantedBy=sysinit.target
Alias=sshd.service
`

const sshConfig = `HostKey /etc/ssh/ssh_host_ed25519_key
UseDNS no
GSSAPIAuthentication no
KbdInteractiveAuthentication no
PasswordAuthentication no
PermitRootLogin prohibit-password
UsePAM yes
PrintMotd no
PrintLastLog no
X11Forwarding no
MaxSessions 64
MaxStartups 64:30:128
`

// Debian's runs before everything else; here it only makes what is in /run and /tmp, and SSH does not wait for that.
const temporaryFilesService = `[Unit]
Description=Temporary files and folders
DefaultDependencies=no
After=ssh.service
Conflicts=shutdown.target
Before=shutdown.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=systemd-tmpfiles --create --remove --boot --exclude-prefix=/dev
SuccessExitStatus=DATAERR CANTCREAT

[Install]
WantedBy=multi-user.target
`

// Once per instance, like cloud-init itself: a reboot or a stop in the middle does not run it again.
const cloudInitService = `[Unit]
Description=User data of this instance
After=ssh.service
ConditionPathExists=/var/lib/cloud/instance/user-data.sh
ConditionPathExists=!/var/lib/cloud/instance/sem/user-data

[Service]
Type=oneshot
RemainAfterExit=yes
KillMode=process
TimeoutStartSec=infinity
TasksMax=infinity
ExecStart=/usr/local/lib/cloud-init/run

[Install]
WantedBy=multi-user.target
`

const cloudInitRun = `#!/bin/bash
mkdir -p /var/lib/cloud/instance/sem
: > /var/lib/cloud/instance/sem/user-data
exec > >(exec tee -a /var/log/cloud-init-output.log >> /dev/console) 2>&1
exec /bin/sh /var/lib/cloud/instance/user-data.sh
`

const cloudInitCommand = `#!/bin/sh
# Enough of cloud-init's command for scripts that wait for it.
done=/var/lib/cloud/instance/boot-finished
case "$1" in
  status)
    while [ "$2" = --wait ] && [ ! -e $done ]; do sleep 0.2; done
    if [ ! -e $done ]; then echo 'status: running'; exit 0; fi
    if grep -q 'rc=0' $done; then echo 'status: done'; else echo 'status: error'; exit 1; fi ;;
  *) echo "cloud-init: only 'status [--wait]' is here" >&2; exit 2 ;;
esac
`

const prompt = `# Colours that read well on light and dark.
case "$TERM" in
  dumb|'') PS1='\\u@\\h:\\w\\$ ' ;;
  *) PS1='\\[\\e[1;32m\\]\\u@\\h\\[\\e[0m\\]:\\[\\e[1;34m\\]\\w\\[\\e[0m\\]\\$ ' ;;
esac
alias ls='ls --color=auto' grep='grep --color=auto' ll='ls -l'
`

/** @type {import('../recipe.mjs').Recipe} */
export const recipe = {
  name: 'debian-12',
  base: null,
  user: 'debian',
  diskGiB: 2,
  format: 1,
  packages: [
    'bash-completion',
    'ca-certificates',
    'curl',
    'dbus',
    'dtach',
    'iproute2',
    'iputils-ping',
    'less',
    'nano',
    'netbase',
    'netcat-openbsd',
    'openssh-server',
    'openssl',
    'procps',
    'sudo',
    'systemd-sysv',
    'tzdata',
    'vim-tiny',
  ],
  excluded: ['/usr/share/man/*', '/usr/share/doc/*', '/usr/share/info/*', '/usr/share/locale/*', '/usr/share/lintian/*'],
  included: ['/usr/share/doc/*/copyright', '/usr/share/locale/locale.alias'],
  /** Run inside, as root, when all packages are there. */
  commands: [
    "useradd --create-home --shell /bin/bash --password '*' --comment Debian debian",
    'for group in adm sudo; do usermod -a -G $group debian; done',
    "printf 'debian ALL=(ALL) NOPASSWD:ALL\\n' > /etc/sudoers.d/90-cloud-init-users && chmod 440 /etc/sudoers.d/90-cloud-init-users",
    'rm -f /etc/ssh/ssh_host_* /etc/update-motd.d/* /etc/motd && : > /etc/motd',
    // Waits for nothing: on a connection's way in, each of these costs time and gives nothing here.
    "sed -i -E '/pam_(motd|mail)\\.so/d' /etc/pam.d/sshd",
    // The machine's own identity is given before its first boot.
    'rm -f /etc/machine-id /var/lib/dbus/machine-id && : > /etc/machine-id',
    'rm -f /lib/systemd/system/multi-user.target.wants/* /lib/systemd/system/timers.target.wants/* /etc/systemd/system/*.wants/*',
    'rm -f /lib/systemd/system/sysinit.target.wants/* /lib/systemd/system/getty.target.wants/* /lib/systemd/system/local-fs.target.wants/*',
    'ln -s ../systemd-journald.service /lib/systemd/system/sysinit.target.wants/',
    'mkdir -p /etc/systemd/system/sysinit.target.wants /etc/systemd/system/multi-user.target.wants',
    'ln -sf /etc/systemd/system/ssh.service /etc/systemd/system/sysinit.target.wants/ssh.service',
    'ln -sf /etc/systemd/system/ssh.service /etc/systemd/system/sshd.service',
    'ln -sf /etc/systemd/system/cloud-init.service /etc/systemd/system/multi-user.target.wants/cloud-init.service',
    'ln -sf /etc/systemd/system/systemd-tmpfiles-setup.service /etc/systemd/system/multi-user.target.wants/',
    'ln -sf /lib/systemd/system/multi-user.target /etc/systemd/system/default.target',
    'apt-get clean && rm -rf /var/lib/apt/lists/* /var/cache/debconf/*-old /var/log/*.log /var/log/apt',
    "sed -i 's/^#force_color_prompt/force_color_prompt/' /etc/skel/.bashrc /home/debian/.bashrc",
  ],
  files: [
    { path: 'etc/systemd/system/ssh.service', content: sshService },
    { path: 'etc/ssh/sshd_config.d/10-machine.conf', content: sshConfig },
    { path: 'etc/systemd/system/cloud-init.service', content: cloudInitService },
    { path: 'etc/systemd/system/systemd-tmpfiles-setup.service', content: temporaryFilesService },
    { path: 'usr/local/lib/cloud-init/run', content: cloudInitRun, mode: 0o755 },
    { path: 'usr/local/bin/cloud-init', content: cloudInitCommand, mode: 0o755 },
    {
      path: 'etc/systemd/journald.conf.d/10-machine.conf',
      content: '[Journal]\nStorage=volatile\nRuntimeMaxUse=8M\nForwardToSyslog=no\nReadKMsg=no\nAudit=no\n',
    },
    {
      path: 'etc/systemd/system.conf.d/10-machine.conf',
      content: '[Manager]\nDefaultEnvironment=LANG=C.UTF-8\nDefaultTimeoutStopSec=10s\nShowStatus=no\n',
    },
    // pam_nologin would turn everybody away until the boot is over.
    { path: 'etc/tmpfiles.d/systemd-nologin.conf', content: '' },
    { path: 'etc/default/locale', content: 'LANG=C.UTF-8\n' },
    { path: 'etc/profile.d/prompt.sh', content: prompt },
  ],
  /** Units without a meaning in a sandbox, or that would only slow its start. */
  masked: [
    'apt-daily-upgrade.timer',
    'apt-daily.timer',
    'console-getty.service',
    'dev-hugepages.mount',
    'dev-mqueue.mount',
    'e2scrub_all.timer',
    'e2scrub_reap.service',
    'kmod-static-nodes.service',
    'ldconfig.service',
    'proc-sys-fs-binfmt_misc.automount',
    'proc-sys-fs-binfmt_misc.mount',
    'sys-fs-fuse-connections.mount',
    'sys-kernel-config.mount',
    'sys-kernel-debug.mount',
    'sys-kernel-tracing.mount',
    'systemd-ask-password-console.path',
    'systemd-ask-password-wall.path',
    'systemd-binfmt.service',
    'systemd-firstboot.service',
    'systemd-hwdb-update.service',
    'systemd-initctl.socket',
    'systemd-journal-catalog-update.service',
    'systemd-journal-flush.service',
    'systemd-machine-id-commit.service',
    'systemd-modules-load.service',
    'systemd-pstore.service',
    'systemd-random-seed.service',
    'systemd-remount-fs.service',
    'systemd-sysctl.service',
    'systemd-sysusers.service',
    'systemd-update-done.service',
    'systemd-update-utmp-runlevel.service',
    'systemd-update-utmp.service',
    'systemd-user-sessions.service',
  ],
  maskedGenerators: [
    'systemd-bless-boot-generator',
    'systemd-cryptsetup-generator',
    'systemd-debug-generator',
    'systemd-getty-generator',
    'systemd-gpt-auto-generator',
    'systemd-hibernate-resume-generator',
    'systemd-integritysetup-generator',
    'systemd-run-generator',
    'systemd-system-update-generator',
    'systemd-veritysetup-generator',
  ],
  computer,
}
