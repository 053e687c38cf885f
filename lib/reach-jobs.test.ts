import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Client } from 'ssh2'
import { afterEach, describe, expect, test } from 'vitest'
import { makeSshKeyPair } from './environments/key-pair.ts'
import { connectHost, execOnHost } from './reach.ts'
import { jobsCommand, readJobs } from './reach-jobs.ts'
import { type Machine, startMachine } from './terminal/machine.fixture.ts'
import { openShell } from './terminal/ssh.ts'

const dtach =
  (process.env.PATH ?? '')
    .split(':')
    .map((folder) => `${folder}/dtach`)
    .find((path) => existsSync(path)) ?? null

const cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

test('what a machine printed is read line by line, and bounded', () => {
  const long = 'ü'.repeat(150)
  expect(readJobs(`Welcome\njob 1 make -j2  all \r\njob 2 ${long}\njob 1 a\x1b[2Jb\njob 0 \njob x y\n`)).toEqual([
    { command: 'make -j2  all' },
    { command: 'ü'.repeat(100) },
    { command: 'a [2Jb' },
    { command: '?' },
  ])
  expect(readJobs('job 1 x\n'.repeat(100))).toHaveLength(20)
  expect(readJobs('')).toEqual([])
})

test('a shell within a shell waits like any other, unless it works off a list', () => {
  for (const shell of ['bash', '-bash', '/bin/sh', '/usr/bin/zsh -i', 'bash --login', 'sh -il']) {
    expect(readJobs(`job 1 ${shell}\n`)).toEqual([])
    expect(readJobs(`job 2 ${shell}\n`)).toEqual([{ command: shell }])
  }
  for (const program of ['bash build.sh', 'ssh node2', 'sudo -i', 'wash']) expect(readJobs(`job 1 ${program}\n`)).toHaveLength(1)
})

describe.skipIf(!dtach)('on a machine with dtach', () => {
  async function reach(machine: Machine): Promise<Client> {
    const { privateKey } = makeSshKeyPair('worker')
    const client = await connectHost({
      proxyUrl: null,
      address: '127.0.0.1',
      port: machine.port,
      timeoutMs: 5_000,
      user: 'training',
      privateKey,
      hostKey: null,
      onFirstUse: (key) => key,
    })
    cleanups.push(() => void client.end())
    return client
  }

  async function world() {
    const machine = await startMachine({ dtach })
    cleanups.push(() => machine.close())
    const worker = await reach(machine)
    const shellOf = async (name: string) => {
      let text = ''
      const onOutput = (bytes: Buffer) => {
        text += bytes.toString()
      }
      const events = { onOrigin: () => {}, onOutput, onEnd: () => {} }
      const shell = await openShell(await reach(machine), { name, size: { cols: 80, rows: 24 }, events })
      cleanups.push(() => shell.close(0))
      const type = (line: string) => shell.write(Buffer.from(line), () => {})
      const sees = (what: string) => expect.poll(() => text, { timeout: 8_000 }).toContain(what)
      // It answers, so it reads its own next line.
      type('echo up-$((1 + 1))\r')
      await sees('up-2')
      return { type, sees, leave: () => shell.close(0) }
    }
    const jobs = async () => {
      const { code, stdout } = await execOnHost(worker, jobsCommand(), { timeoutMs: 5_000, mostBytes: 16_384 })
      expect(code).toBe(0)
      return readJobs(stdout).map(({ command }) => command)
    }
    const become = (commands: string[]) => expect.poll(async () => (await jobs()).sort(), { timeout: 8_000 }).toEqual(commands)
    return { machine, shellOf, jobs, become }
  }

  test('a shell that waits for its person runs nothing, whatever runs behind it', async () => {
    const { shellOf, jobs, become } = await world()
    expect(await jobs()).toEqual([])
    const ada = await shellOf('ada')
    await become([])
    ada.type('sleep 1000 & sleep 1001 | cat & echo behind-$((2 + 2))\r')
    await ada.sees('behind-4')
    await become([])
    // By whatever name.
    ada.type('exec -a oddshell bash\r')
    ada.type('echo odd-$((3 + 3))\r')
    await ada.sees('odd-6')
    await become([])
  })

  test('a program in the foreground is named, in each shell, until it ends', async () => {
    const { shellOf, become } = await world()
    const ada = await shellOf('ada')
    const lin = await shellOf('lin')
    ada.type('sleep 1000\r')
    await become(['sleep 1000'])
    lin.type('(exit 0) | sleep 1001 | sleep 1001\r')
    await become(['sleep 1000', 'sleep 1001'])
    ada.type('\x03')
    await become(['sleep 1001'])
    lin.type('\x1a')
    await become([])
  })

  test('a program runs on while nobody looks', async () => {
    const { machine, shellOf, become } = await world()
    const ada = await shellOf('ada')
    ada.type('sleep 1000\r')
    await become(['sleep 1000'])
    const before = machine.connections
    void ada.leave()
    await expect.poll(() => machine.connections).toBe(before - 1)
    await become(['sleep 1000'])
  })

  test('a shell within a shell, and one in a terminal of its own, are looked through', async () => {
    const { machine, shellOf, become } = await world()
    const ada = await shellOf('ada')
    ada.type('script -q -c "bash --norc" /dev/null\r')
    ada.type('echo within-$((3 + 3))\r')
    await ada.sees('within-6')
    await become([])
    ada.type('sleep 1002\r')
    await become(['sleep 1002'])
    ada.type('\x03')
    await become([])
    writeFileSync(join(machine.home, 'list'), 'sleep 1003\n')
    ada.type('bash <list\r')
    await become(['bash'])
  })

  test('another person’s programs on the same computer are none of its own', async () => {
    const one = await world()
    const other = await world()
    const ada = await one.shellOf('ada')
    ada.type('sleep 1000\r')
    await one.become(['sleep 1000'])
    expect(await other.jobs()).toEqual([])
  })
})
