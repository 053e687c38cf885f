import { statSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Driver } from '../driver.ts'
import { togetherAtMost } from './cgroup.ts'
import { leftoversOf, machine, NETWORK, ssh, type TestCloud, testCloud, until, whyNoMachines } from './driver.fixture.ts'

const reason = await whyNoMachines()
const suffix = reason === null ? '' : ` (skipped: ${reason})`

/** Runs a Bash script as root of the machine; it arrives as it is written. */
const asRoot = (driver: Driver, id: string, script: string) =>
  ssh(driver, id, `echo ${Buffer.from(script).toString('base64')} | base64 -d | sudo bash`)

/** The lines that did what they must not be able to, by their own account. */
function tries(lines: string[]): string {
  return `${lines.map((line, index) => `(set -e; ${line}) >/dev/null 2>&1 </dev/null && echo "did ${index}"`).join('\n')}\ntrue`
}

/** Perl, for calls that no program makes: prints `did` when the call succeeds. */
const call = (words: string) => `perl -e '$r = syscall(${words}); exit($r == -1 ? 1 : 0)'`

describe.skipIf(reason !== null)(`root on a machine means harm${suffix}`, () => {
  let cloud: TestCloud
  let driver: Driver
  const small = { vcpus: 1, ramMiB: 256, diskGiB: 1 }

  beforeAll(async () => {
    cloud = testCloud()
    driver = cloud.driver
    await driver.start([])
    await Promise.all(['a', 'b'].map((space) => driver.createSpace(space)))
    await Promise.all(['a', 'b'].map((space) => driver.createNetwork(space, NETWORK)))
    await Promise.all([
      driver.createServer(machine('a', 1, { flavor: small })),
      driver.createServer(machine('a', 2, { flavor: small })),
      driver.createServer(machine('b', 1, { flavor: small })),
    ])
    await ssh(driver, 'a-1', 'true')
    await ssh(driver, 'b-1', 'true')
  }, 60_000)
  afterAll(async () => {
    await driver.close('stop')
    expect(await leftoversOf(cloud.folder)).toBe('')
    cloud.remove()
  })

  /** The neighbour in another space answers while something goes on. */
  const neighbour = async () => expect(await ssh(driver, 'b-1', 'echo well')).toBe('well')

  test('this computer gives nothing away: its disks, memory, kernel log, settings, processes, other root', async () => {
    const secret = `/proc/${process.pid}/environ`
    const lines = [
      'mknod /tmp/vda b 254 0; head -c1 /tmp/vda',
      'mount -t devtmpfs d /mnt',
      'mount -t debugfs d /mnt',
      'mount -t tracefs d /mnt',
      'mount -t bpf d /mnt',
      'mount -t ext4 /dev/vda /mnt',
      'mount -o loop /dev/zero /mnt',
      'head -c1 /proc/kcore',
      'head -c1 /proc/kpageflags',
      'head -c1 /dev/mem',
      'cat /proc/timer_list | grep -q .',
      'cat /proc/vmallocinfo | grep -q .',
      'head -c1 /proc/kmsg',
      'dmesg',
      'echo h > /proc/sysrq-trigger',
      'echo 1 > /proc/sys/vm/drop_caches',
      'echo 1 > /proc/sys/kernel/panic',
      'echo "|/bin/sh" > /proc/sys/kernel/core_pattern',
      'echo x > /proc/sys/kernel/modprobe',
      'echo x > /proc/sys/kernel/hostname; test "$(hostname)" = never',
      'echo 1 > /proc/sys/fs/protected_symlinks',
      'echo 1000 > /proc/sys/fs/inotify/max_user_instances',
      'mount -o remount,rw /sys; echo 1 > /sys/kernel/uevent_seqnum',
      'mount -o remount,rw /sys; echo mem > /sys/power/state',
      'date -s 2001-01-01',
      `cat ${secret}`,
      'ls /proc/1/root/home | grep -qvx debian',
      'test "$(cat /proc/1/comm)" != systemd',
      'nsenter -t 1 -m -u -i -n -p -- true && test "$(readlink /proc/1/ns/user)" != "$(readlink /proc/self/ns/user)"',
      'modprobe loop',
      'swapon /dev/zero',
      'grep -q ASTROLABE /proc/*/environ',
    ]
    expect(await asRoot(driver, 'a-1', tries(lines))).toBe('')
  })

  test('a control group is no way out, and none of its limits can be raised from inside', async () => {
    const lines = [
      'echo max > /sys/fs/cgroup/memory.max',
      'echo max > /sys/fs/cgroup/pids.max',
      'echo 0 > /sys/fs/cgroup/../cgroup.freeze',
      'ls -d /sys/fs/cgroup/../waiter',
      'mkdir /tmp/c; mount -t cgroup2 c /tmp/c; ls -d /tmp/c/*astrolabe*',
      'mkdir /tmp/v1; mount -t cgroup -o release_agent=/x c /tmp/v1',
      'test -w /sys/fs/cgroup/release_agent',
      // The older trees can be seen, but nothing in them can be changed.
      'mount -t cgroup -o memory c /mnt; echo -1 > /mnt/memory.limit_in_bytes',
      'mount -t cgroup -o memory c /mnt; mkdir /mnt/sub',
      'mount -t cgroup -o pids c /mnt; echo max > /mnt/pids.max',
      'mount -t cgroup -o devices c /mnt; echo a > /mnt/devices.allow',
      'mount -t cgroup -o freezer c /mnt; echo FROZEN > /mnt/freezer.state',
      'unshare -C sh -c "mount -t cgroup2 c /mnt; ls -d /mnt/../*astrolabe*"',
      'unshare -U -r -m -C sh -c "mount -t cgroup2 c /mnt; echo 1 > /mnt/cgroup.kill"',
    ]
    expect(await asRoot(driver, 'a-1', tries(lines))).toBe('')
    await neighbour()
  })

  test.skipIf(process.arch !== 'x64')('calls that no lab needs are refused, and ordinary work is not', async () => {
    const refused: Record<string, string> = {
      'bpf, a map': '321, 0, pack("L4 x112", 2, 4, 4, 1), 128',
      perf_event_open: '298, pack("L2 Q x112", 1, 128, 0), 0, -1, -1, 0',
      'userfaultfd, user mode only': '323, 1',
      io_uring_setup: '425, 4, pack("x120")',
      'keyctl, session keyring': '250, 0, -3, 1',
      add_key: '248, "user", "k", "v", 1, -3',
      open_by_handle_at: '304, -100, pack("L L x128", 8, 1), 0',
      kexec_load: '246, 0, 0, 0, 0',
      init_module: '175, "", 0, ""',
      syslog: '103, 3, "x" x 64, 64',
      acct: '163, 0',
      quotactl: '179, 0x80000700, 0, 0, "x" x 64',
      iopl: '172, 3',
      'socket, AF_VSOCK': '41, 40, 1, 0',
      'socket, AF_ALG': '41, 38, 5, 0',
      'socket, AF_NETLINK audit': '41, 16, 3, 9',
      'a call as x32 makes it': '0x40000000 + 39',
    }
    const names = Object.keys(refused)
    const said = await asRoot(driver, 'a-1', tries(Object.values(refused).map((words) => call(words))))
    expect(said === '' ? [] : said.split('\n').map((line) => names[Number(line.slice(4))] ?? line)).toEqual([])
    const fine = [
      call('41, 2, 1, 0'),
      call('41, 10, 2, 0'),
      call('41, 17, 3, 768'),
      call('41, 16, 3, 0'),
      'unshare -U -r -n -p -m --fork true',
      'mount -t tmpfs t /mnt; umount /mnt',
      'ip link add dummy9 type veth; ip link del dummy9',
      'setpriv --bounding-set -sys_admin true',
    ]
    expect((await asRoot(driver, 'a-1', tries(fine))).split('\n')).toEqual(fine.map((_line, index) => `did ${index}`))
    expect(await ssh(driver, 'a-1', 'sudo grep Seccomp: /proc/1/status | cut -f2')).toBe('2')
  })

  test('another space is not there: not its machines, not its metadata', async () => {
    const own = await ssh(driver, 'a-1', 'curl -s http://169.254.169.254/who')
    expect(own).toBe('space a')
    const lines = [
      'ip addr add 10.20.0.99/24 dev eth0; ping -c1 -W1 10.20.0.77',
      'ip link add link eth0 name eth0.5 type vlan id 5; ip addr add 10.9.9.9/24 dev eth0.5; ip link set eth0.5 up; ping -c1 -W1 10.9.9.1',
      'curl -s -m2 --interface eth0 http://169.254.169.254/x -H "X-Forwarded-For: 10.20.0.11" | grep -q "space b"',
      'curl -s -m1 http://127.0.0.1:80/ ',
      'ip route add 192.0.2.0/24 via 10.20.0.1; ping -c1 -W1 192.0.2.1',
    ]
    expect(await asRoot(driver, 'a-1', tries(lines))).toBe('')
  })

  test('a disk ends at the size of its flavor, for its machine alone, which starts all the same', async () => {
    const said = await asRoot(
      driver,
      'a-2',
      'head -c 1500M /dev/zero > /fill 2>/tmp/said; grep -o "No space left" /tmp/said || echo no room for the message either; du -m /fill | cut -f1',
    )
    const [, size = ''] = said.split('\n')
    expect(Number(size)).toBeLessThan(1024)
    expect(Number(size)).toBeGreaterThan(500)
    await neighbour()
    await driver.stopServer('a-2')
    await driver.startServer('a-2')
    expect(await asRoot(driver, 'a-2', 'rm /fill; echo again > /home/debian/x; cat /home/debian/x')).toBe('again')
  }, 60_000)

  test('a console that is flooded stays small, and its end can be read', async () => {
    await asRoot(driver, 'a-2', 'head -c 40M /dev/zero | tr "\\0" x > /dev/console; echo; echo the last word > /dev/console')
    const layers = (await driver.inspect()).find(({ id }) => id === 'a-2')?.disk?.replace(/upper$/, '')
    await until(() => (statSync(`${layers}console.log`).blocks * 512 < 3_000_000 ? true : null))
    expect(await driver.consoleLog('a-2', 200)).toMatch(/the last word\n$/)
  }, 30_000)

  test('processes and memory end at the flavor; whoever asks for more dies, not the neighbour', async () => {
    const bomb = 'bomb() { bomb | bomb & }; bomb'
    await ssh(driver, 'a-1', `nohup setsid bash -c '${bomb}' >/dev/null 2>&1 </dev/null & sleep 0.2; echo begun`).catch(() => 'begun')
    await neighbour()
    await neighbour()
    const group = (await driver.inspect()).find(({ id }) => id === 'a-1')?.cgroup ?? ''
    expect(group).not.toBe('')
    await driver.stopServer('a-1')
    await driver.startServer('a-1')
    expect(await ssh(driver, 'a-1', 'echo back')).toBe('back')
    const hog = `perl -e 'for (1..20) { push @a, "x" x (64 * 1024 * 1024) } print "had it all"'`
    expect(await asRoot(driver, 'a-1', `{ ${hog}; } 2>/dev/null; echo after`)).toMatch(/^(bash: .*Killed.*\n)?after$/)
    await neighbour()
  }, 60_000)

  test('a flood of packets is a matter of its own space', async () => {
    const flood = `perl -MSocket -e 'socket(S, PF_INET, SOCK_DGRAM, 0); $to = sockaddr_in(9, inet_aton("10.20.0.12")); $end = time + 4; while (time < $end) { send(S, "x" x 64, 0, $to) for 1..1000 }'`
    const flooding = asRoot(driver, 'a-1', flood)
    let answered = 0
    const over = flooding.then(() => true)
    while (!(await Promise.race([over, neighbour().then(() => false)]))) answered += 1
    expect(answered).toBeGreaterThan(3)
  }, 60_000)

  test('the doors are narrow: many, slow and endless requests to the metadata hold nothing up elsewhere', async () => {
    const slow = `for n in $(seq 200); do (exec 3<>/dev/tcp/169.254.169.254/80; printf 'GET / HTTP/1.1\\r\\nX: ' >&3; sleep 3) & done 2>/dev/null; wait`
    const busy = asRoot(driver, 'a-1', slow).catch(() => '')
    expect(await ssh(driver, 'b-1', 'curl -s -m5 http://169.254.169.254/')).toBe('space b')
    await neighbour()
    const large = `head -c 40000 /dev/zero | tr '\\0' a > /tmp/h; curl -s -o /dev/null -w '%{http_code}' -H "X: $(cat /tmp/h)" http://169.254.169.254/`
    await busy
    expect(await asRoot(driver, 'a-1', large)).toMatch(/^(431|000|400)$/)
  }, 60_000)
})

test('limits of the whole leave this computer its share', () => {
  expect(togetherAtMost({ memoryMiB: 24_000, processes: 32_768 })).toEqual({ memoryMiB: 21_000, processes: 16_384 })
  expect(togetherAtMost({ memoryMiB: 1_500, processes: 1_000 })).toEqual({ memoryMiB: 750, processes: 500 })
})
