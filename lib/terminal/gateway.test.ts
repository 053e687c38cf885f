import { existsSync } from 'node:fs'
import { afterEach, expect, test } from 'vitest'
import { type BrowserOptions, environmentId, openBrowser, type RunningGateway, startGateway } from './gateway.fixture.ts'
import type { GatewayDeps } from './gateway.ts'
import { type Machine, type MachineOptions, startMachine } from './machine.fixture.ts'

const dtach = ['/usr/bin/dtach', '/tmp/astro/dtach/usr/bin/dtach'].find((path) => existsSync(path)) ?? null

const cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

async function world(options: MachineOptions = {}, deps: Partial<GatewayDeps> = {}) {
  const machine: Machine = await startMachine(options)
  cleanups.push(() => machine.close())
  const gateway = await startGateway(machine, deps)
  cleanups.push(() => gateway.stop())
  return { machine, gateway, open: (more: BrowserOptions = {}) => opened(gateway, more) }
}

function opened(gateway: RunningGateway, more: BrowserOptions) {
  const browser = openBrowser(gateway, more)
  cleanups.push(() => browser.close())
  return browser
}

test('what is typed in the browser is answered by the machine', async () => {
  const { open } = await world()
  const ada = open()
  await ada.live()
  ada.type('echo $((6 * 7))-answer\r')
  await ada.sees('42-answer')
  expect(ada.page.states.at(-1)).toEqual({ state: 'live', origin: 'plain', again: false })
})
