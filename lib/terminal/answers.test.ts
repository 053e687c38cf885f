import { expect, test } from 'vitest'
import { startMachine } from './machine.fixture.ts'
import { openBrowser, startGateway } from './serve-terminals.fixture.ts'

test('of two windows only the one that leads answers a program; the other still types, and takes the lead by that', async () => {
  const machine = await startMachine()
  const gateway = await startGateway(machine)
  const first = openBrowser(gateway)
  try {
    await first.live()
    const second = openBrowser(gateway)
    try {
      await second.live()
      first.type('stty -icanon; cat -v\r')
      await first.sees('cat -v')
      second.type('here')
      await first.sees('here')
      first.type('\x1b[?11;2c')
      second.type('\x1b[?22;2c')
      await first.sees('^[[?22;2c')
      first.type('there')
      await second.sees('there')
      first.type('\x1b[?33;2c')
      await second.sees('^[[?33;2c')
      expect(second.page.text).not.toContain('[?11;2c')
      first.type('\x03')
    } finally {
      second.close()
    }
  } finally {
    first.close()
    await gateway.stop()
    await machine.close()
  }
})
