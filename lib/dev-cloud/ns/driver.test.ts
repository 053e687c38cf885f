import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Driver } from '../driver.ts'
import { imageFolder, leftoversOf, machine, NETWORK, ssh, type TestCloud, testCloud, until, whyNoMachines } from './driver.fixture.ts'

const reason = await whyNoMachines()
const suffix = reason === null ? '' : ` (skipped: ${reason})`

describe.skipIf(reason !== null)(`two spaces with the same addresses${suffix}`, () => {
  let cloud: TestCloud
  let driver: Driver
  const userData = `#cloud-config
write_files:
  - {path: /home/debian/mine, content: "user data", owner: 'debian:debian', permissions: '0600', defer: true}
runcmd:
  - curl -s http://169.254.169.254/told --data-binary "$(hostname)" > /var/tmp/answer
`

  beforeAll(async () => {
    cloud = testCloud()
    driver = cloud.driver
    await driver.start([])
    await Promise.all(['a', 'b'].map((space) => driver.createSpace(space)))
    await Promise.all(['a', 'b'].map((space) => driver.createNetwork(space, NETWORK)))
    await Promise.all([
      driver.createServer(machine('a', 1, { userData })),
      driver.createServer(machine('a', 2)),
      driver.createServer(machine('b', 1, { name: 'other', hosts: [] })),
    ])
  })
  afterAll(async () => {
    await driver.close('stop')
    cloud.remove()
  })

  test('each machine has its own name, processes, address, root and identity', async () => {
    const ask =
      'hostname; cat /proc/1/comm; ip -4 -o addr show eth0 | awk \'{print $4}\'; stat -c %d:%i /; cat /etc/machine-id; cut -d" " -f2 /etc/ssh/ssh_host_ed25519_key.pub; whoami'
    const answers = await Promise.all(['a-1', 'a-2', 'b-1'].map(async (id) => (await ssh(driver, id, ask)).split('\n')))
    expect(answers.map((lines) => [lines[0], lines[1], lines[2], lines[6]])).toEqual([
      ['node1', 'systemd', '10.20.0.11/24', 'debian'],
      ['node2', 'systemd', '10.20.0.12/24', 'debian'],
      ['other', 'systemd', '10.20.0.11/24', 'debian'],
    ])
    for (const line of [3, 4, 5]) expect(new Set(answers.map((lines) => lines[line])).size).toBe(3)
  })

  test('systemd has nothing to complain of, sudo asks for nothing, processes of others cannot be seen', async () => {
    expect(await ssh(driver, 'a-1', 'systemctl is-system-running --wait')).toBe('running')
    expect(await ssh(driver, 'a-1', 'sudo id -u; locale 2>/dev/null | grep -m1 LANG; which dtach curl nano nc')).toMatch(
      /^0\nLANG=C.UTF-8\n(\/\S+\n?){4}$/,
    )
    expect(Number(await ssh(driver, 'a-1', 'ls -d /proc/[0-9]* | wc -l'))).toBeLessThan(40)
  })

  test('a machine reaches its neighbour by name', async () => {
    expect(await ssh(driver, 'a-1', 'ping -c1 -W2 node2')).toContain('1 received')
    expect(await ssh(driver, 'a-1', 'echo | timeout 2 nc node2 22')).toContain('SSH-2.0')
  })

  test('user data ran once, its request arrived from its space, its answer went back', async () => {
    await until(async () => ((await ssh(driver, 'a-1', 'cloud-init status --wait')) === 'status: done' ? true : null))
    expect(cloud.requests.filter((request) => request.path === '/told')).toMatchObject([
      { spaceId: 'a', method: 'POST', body: 'node1', remoteAddress: '10.20.0.11' },
    ])
    expect(await ssh(driver, 'a-1', 'cat /var/tmp/answer; stat -c "%U %a" mine; cat mine')).toBe('space a\ndebian 600\nuser data')
    expect(await driver.consoleLog('a-1', 100_000)).toMatch(
      /-----BEGIN SSH HOST KEY KEYS-----\nssh-ed25519 \S+[\s\S]*cloud-init: finished, rc=0/,
    )
  })

  test('a body that is too large is refused before the cloud sees it', async () => {
    const before = cloud.requests.length
    const code = await ssh(
      driver,
      'a-2',
      'head -c 100000 /dev/zero | curl -s -o /dev/null -w "%{http_code}" --data-binary @- http://169.254.169.254/big',
    )
    expect(code).toBe('413')
    expect(cloud.requests.length).toBe(before)
  })

  test('root on a machine reaches neither this host nor another space', async () => {
    const listener = createServer((socket) => socket.end('host\n'))
    await new Promise<void>((done) => listener.listen(0, '0.0.0.0', done))
    const address = listener.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const own = Object.values(networkInterfaces()).flatMap((cards) =>
      (cards ?? []).filter((card) => card.family === 'IPv4').map((card) => card.address),
    )
    const targets = [...new Set([...own, '127.0.0.1', '10.20.0.1', '169.254.169.254', '172.17.0.1'])]
    const tries = targets
      .map((target) => `(timeout 1 bash -c 'exec 3<>/dev/tcp/${target}/${port}' 2>/dev/null && echo open ${target}) &`)
      .join('\n')
    // The neighbour's SSH port shows that an open door would be seen.
    const all = `${tries}\n(timeout 1 bash -c 'exec 3<>/dev/tcp/node2/22' && echo open node2) &\nwait`
    expect(await ssh(driver, 'a-1', `sudo bash -c '${all.replaceAll("'", "'\\''")}'`)).toBe('open node2')
    // The same address in the other space is another machine; a third address there is nobody.
    expect(await ssh(driver, 'a-1', 'ssh-keyscan -t ed25519 10.20.0.11 2>/dev/null | cut -d" " -f3')).not.toBe(
      await ssh(driver, 'b-1', 'ssh-keyscan -t ed25519 10.20.0.11 2>/dev/null | cut -d" " -f3'),
    )
    expect(await ssh(driver, 'b-1', 'ping -c1 -W1 10.20.0.12 >/dev/null; echo $?')).toBe('1')
    await new Promise((done) => listener.close(done))
  })

  test('root on a machine is nobody outside: no devices, no settings of the host, no kernel log', async () => {
    const tries = [
      'mknod /tmp/disk b 254 0 && head -c1 /tmp/disk',
      'echo 1 > /proc/sys/vm/drop_caches',
      'echo h > /proc/sysrq-trigger',
      'head -c1 /proc/kcore',
      'mount -o remount,rw /sys && echo 1 > /sys/kernel/uevent_seqnum',
      'mount /dev/vda /mnt',
      'echo 1 > /proc/sys/fs/inotify/max_user_instances',
      'echo 65535 > /proc/sys/net/ipv4/ip_local_port_range || mount -t tmpfs own /mnt',
    ]
    const script = tries.map((line) => `(${line}) >/dev/null 2>&1 && echo "done: ${line}"`).join('\n')
    expect(await ssh(driver, 'a-1', `sudo bash -c ${JSON.stringify(script).replaceAll('$', '\\$').replaceAll('\\n', '\n')}`)).toBe(
      `done: ${tries.at(-1)}`,
    )
    expect(await ssh(driver, 'a-1', 'sudo cat /proc/1/environ | tr "\\0" "\\n" | cut -d= -f1 | sort | tr "\\n" " "')).toBe(
      'PATH TERM container',
    )
    expect(await ssh(driver, 'a-1', 'cat /proc/self/uid_map | tr -s " "')).toContain('0 100000 65536')
  })

  test('a suspended machine stands still, is not dialled, and goes on where it was', async () => {
    await ssh(driver, 'a-2', 'nohup sh -c "while :; do date +%s%N > /tmp/tick; sleep 0.01; done" >/dev/null 2>&1 &')
    const file = join((await cloud.driver.inspect()).find(({ id }) => id === 'a-2')?.disk ?? '', 'tmp/tick')
    await until(() => existsSync(file) || null)
    await driver.freezeServer('a-2')
    const first = readFileSync(file, 'utf8')
    await expect(driver.dial('a-2', 22)).rejects.toMatchObject({ code: 'machine.refused' })
    expect(readFileSync(file, 'utf8')).toBe(first)
    const truth = async () => (await driver.inspect()).find(({ id }) => id === 'a-2')
    const { pid, cgroup, ...frozen } = (await truth()) ?? {}
    expect(frozen).toMatchObject({ id: 'a-2', spaceId: 'a', state: 'frozen' })
    expect(readFileSync(`/proc/${pid}/root/tmp/tick`, 'utf8')).toBe(first)
    expect(readFileSync(`${cgroup}/cgroup.events`, 'utf8')).toContain('frozen 1')
    await driver.thawServer('a-2')
    expect(await truth()).toMatchObject({ state: 'on', pid })
    await until(() => (readFileSync(file, 'utf8') === first ? null : true))
    expect(await ssh(driver, 'a-2', 'uptime -s >/dev/null; echo here')).toBe('here')
  })

  test('a machine that was stopped keeps its files and its host key; user data does not run again', async () => {
    const identity = 'cat kept; cut -d" " -f2 /etc/ssh/ssh_host_ed25519_key.pub'
    await ssh(driver, 'a-1', 'echo kept > kept')
    const before = await ssh(driver, 'a-1', identity)
    const told = cloud.requests.length
    await driver.stopServer('a-1')
    await expect(driver.dial('a-1', 22)).rejects.toMatchObject({ code: 'machine.off' })
    await driver.startServer('a-1')
    expect(await ssh(driver, 'a-1', identity)).toBe(before)
    expect(await ssh(driver, 'a-1', 'systemctl is-system-running --wait')).toBe('running')
    expect(cloud.requests.length).toBe(told)
  })

  test('a disk that was kept is put back as it was then; what came later is gone, also for a machine that is off', async () => {
    await ssh(driver, 'a-1', 'echo then > state; sync')
    await driver.snapshotServer('a-1', 'first')
    await driver.snapshotServer('a-2', 'first')
    expect(await ssh(driver, 'a-1', 'echo later > state; echo more > more; cat state')).toBe('later')
    await driver.restoreServer('a-1', 'first')
    expect(await ssh(driver, 'a-1', 'cat state; ls more 2>&1 | grep -c "No such"')).toBe('then\n1')
    await ssh(driver, 'a-1', 'echo later > state')
    await driver.stopServer('a-1')
    await driver.restoreServer('a-1', 'first')
    await expect(driver.dial('a-1', 22)).rejects.toMatchObject({ code: 'machine.off' })
    await driver.startServer('a-1')
    expect(await ssh(driver, 'a-1', 'cat state')).toBe('then')
    expect(await ssh(driver, 'a-2', 'echo runs on')).toBe('runs on')
    await driver.deleteSnapshot('first')
    await driver.deleteSnapshot('first')
    await expect(driver.restoreServer('a-1', 'first')).rejects.toMatchObject({ code: 'snapshot.missing' })
    expect(await ssh(driver, 'a-1', 'echo unharmed')).toBe('unharmed')
    expect(readdirSync(join(cloud.folder, 'snapshots'))).toEqual([])
  }, 40_000)

  test('networks of a space have a way to each other while a router joins them, and not else', async () => {
    await driver.createNetwork('b', { id: 'far', cidr: '10.21.0.0/24', gateway: '10.21.0.1' })
    const nic = { networkId: 'far', address: '10.21.0.12', prefixLength: 24, gateway: '10.21.0.1', mac: 'fa:16:3e:00:01:02' }
    await driver.createServer(machine('b', 2, { nics: [nic] }))
    await ssh(driver, 'b-2', 'true')
    const ping = () => ssh(driver, 'b-1', 'ping -c1 -W1 10.21.0.12 2>&1 | grep -Eo "1 received|Unreachable|100% packet loss" | head -1')
    expect(await ping()).not.toBe('1 received')
    await driver.connectNetworks('b', [['net', 'far']])
    await driver.connectNetworks('b', [['net', 'far']])
    expect(await ping()).toBe('1 received')
    expect(await ssh(driver, 'b-1', 'curl -s http://169.254.169.254/')).toBe('space b')
    await driver.connectNetworks('b', [['net'], ['far']])
    expect(await ping()).not.toBe('1 received')
    await driver.deleteServer('b-2')
    await driver.deleteNetwork('b', 'far')
  }, 40_000)

  test('a reboot from inside brings the machine back; powering off is told', async () => {
    const started = () => ssh(driver, 'b-1', 'cut -d" " -f22 /proc/1/stat').catch(() => '')
    const before = await started()
    await ssh(driver, 'b-1', 'echo kept > kept; sudo reboot').catch(() => undefined)
    await until(async () => {
      const now = await started()
      // A machine that is going down may say so instead.
      return now !== before && /^\d+$/.test(now) ? true : null
    })
    expect(await ssh(driver, 'b-1', 'cat kept')).toBe('kept')
    await ssh(driver, 'b-1', 'sudo poweroff').catch(() => undefined)
    expect(await until(() => cloud.exits[0] ?? null)).toBe('b-1')
    await driver.startServer('b-1')
    expect(await ssh(driver, 'b-1', 'cat kept')).toBe('kept')
  }, 40_000)

  test('memory beyond the flavor is not given', async () => {
    expect(await ssh(driver, 'a-1', 'sudo bash -c "head -c 700M /dev/zero | tail -c 700M | wc -c"; echo after')).not.toContain('734003200')
    expect(await ssh(driver, 'a-1', 'echo alive')).toBe('alive')
  })

  test('doing it again changes nothing; what is unknown is refused by code', async () => {
    await driver.createSpace('a')
    await driver.createNetwork('a', NETWORK)
    await driver.createServer(machine('a', 2))
    expect(await ssh(driver, 'a-2', 'echo same')).toBe('same')
    await expect(driver.dial('nobody', 22)).rejects.toMatchObject({ code: 'machine.missing' })
    await expect(driver.dial('a-2', 4)).rejects.toMatchObject({ code: 'machine.refused' })
    await expect(driver.createServer(machine('nowhere', 1))).rejects.toMatchObject({ code: 'space.missing' })
    await expect(driver.createServer(machine('a', 3, { image: 'cirros' }))).rejects.toMatchObject({ code: 'image.missing' })
    await expect(driver.createServer(machine('a', 3, { name: 'x; reboot' }))).rejects.toMatchObject({ code: 'input.invalid' })
    await driver.deleteServer('nobody')
    await driver.deleteSpace('nowhere')
  })
})

describe.skipIf(reason !== null)(`a cloud that ends${suffix}`, () => {
  test('what it closes is gone from this host, within two seconds, and the disks are there at the next start', async () => {
    const cloud = testCloud()
    await cloud.driver.start([])
    await cloud.driver.createSpace('a')
    await cloud.driver.createNetwork('a', NETWORK)
    await Promise.all([1, 2, 3, 4, 5, 6].map((n) => cloud.driver.createServer(machine('a', n))))
    await ssh(cloud.driver, 'a-6', 'echo kept > kept')
    expect(await leftoversOf(cloud.folder)).toContain('machine-a-6')
    expect(await leftoversOf(join(cloud.folder, '..'))).toContain('machine-a-6')
    const began = performance.now()
    await cloud.driver.close('stop')
    expect(performance.now() - began).toBeLessThan(2_000)
    await cloud.driver.close('stop')
    expect(await leftoversOf(cloud.folder)).toBe('')

    const next = testCloud({ folder: cloud.folder })
    await next.driver.start([])
    await next.driver.startServer('a-6')
    expect(await ssh(next.driver, 'a-6', 'cat kept; ip -4 -o addr show eth0 | grep -c 10.20.0.16')).toBe('kept\n1')
    await next.driver.deleteSpace('a')
    await next.driver.close('stop')
    expect(await leftoversOf(cloud.folder)).toBe('')
    cloud.remove()
  }, 40_000)

  test('a suspended machine stands still for the next process too, and goes on where it was', async () => {
    const cloud = testCloud()
    await cloud.driver.start([])
    await cloud.driver.createSpace('a')
    await cloud.driver.createNetwork('a', NETWORK)
    await cloud.driver.createServer(machine('a', 1))
    await ssh(cloud.driver, 'a-1', `nohup sh -c 'n=0; while :; do n=$((n+1)); echo $n > /tmp/count; sleep 0.01; done' >/dev/null 2>&1 &`)
    const file = join((await cloud.driver.inspect())[0]?.disk ?? '', 'tmp/count')
    await until(() => existsSync(file) || null)
    await cloud.driver.freezeServer('a-1')
    const stood = readFileSync(file, 'utf8')
    await cloud.driver.close('keep')

    const { driver, exits } = testCloud({ folder: cloud.folder })
    await driver.start([])
    await expect(driver.dial('a-1', 22)).rejects.toMatchObject({ code: 'machine.refused' })
    expect(readFileSync(file, 'utf8')).toBe(stood)
    await driver.thawServer('a-1')
    const later = await until(() => {
      const text = readFileSync(file, 'utf8')
      return text === '' || text === stood ? null : text
    })
    expect(Number(later) - Number(stood)).toBeLessThan(50)
    expect(exits).toEqual([])
    await driver.freezeServer('a-1')
    await driver.stopServer('a-1')
    await expect(driver.thawServer('a-1')).rejects.toMatchObject({ code: 'machine.off' })
    await driver.startServer('a-1')
    expect(await ssh(driver, 'a-1', 'echo back')).toBe('back')
    await driver.close('stop')
    expect(await leftoversOf(cloud.folder)).toBe('')
    cloud.remove()
  })

  test('machines outlive the process that made them, and the next one takes them over', async () => {
    const cloud = testCloud()
    const options = { folder: cloud.folder, imageFolder: imageFolder() }
    const program = `
      const { createDriver } = await import(${JSON.stringify(join(import.meta.dirname, '../create-driver.ts'))})
      const events = { onServerExit() {}, async onMetadataRequest() { return { status: 200, headers: {}, body: '' } } }
      const driver = createDriver({ kind: 'ns', ...${JSON.stringify(options)}, log() {}, now: () => new Date(), events })
      await driver.start([])
      await driver.createSpace('a')
      await driver.createNetwork('a', ${JSON.stringify(NETWORK)})
      await Promise.all(${JSON.stringify([machine('a', 1), machine('a', 2)])}.map((spec) => driver.createServer(spec)))
      process.kill(process.pid, 'SIGKILL')`
    await new Promise((done) => execFile(process.execPath, ['--input-type=module', '-e', program], done))
    const { driver } = cloud
    await driver.start([])
    expect(cloud.exits).toEqual([])
    expect(await ssh(driver, 'a-1', 'hostname; curl -sS http://169.254.169.254/again'), cloud.log.join('; ')).toBe('node1\nspace a')
    await ssh(driver, 'a-2', 'sudo poweroff').catch(() => undefined)
    expect(await until(() => cloud.exits[0] ?? null)).toBe('a-2')
    await driver.close('stop')
    expect(await leftoversOf(cloud.folder)).toBe('')
    cloud.remove()
  })
})
