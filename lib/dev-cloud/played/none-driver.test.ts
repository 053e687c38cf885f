import { expect, test } from 'vitest'
import { createDriver } from '../create-driver.ts'

test('where there can be no machines, making one says why and how to mend it, and everything else is quiet', async () => {
  const driver = createDriver({ kind: 'none', reason: 'it was not started as root', remedy: 'Start it with: sudo npm start' })
  await driver.start([])
  await driver.createSpace('a')
  await driver.createNetwork('a', { id: 'n', cidr: '10.0.0.0/24', gateway: '10.0.0.1' })
  await expect(driver.dial('m', 22)).rejects.toMatchObject({
    code: 'machines.unavailable',
    message: 'This computer cannot run machines: it was not started as root. Start it with: sudo npm start',
  })
  await driver.deleteServer('m')
  await driver.deleteSpace('a')
  expect(await driver.consoleLog('m', 100)).toBe('')
  await driver.close('stop')
})
