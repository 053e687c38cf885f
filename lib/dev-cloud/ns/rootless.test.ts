import { join } from 'node:path'
import { expect, test } from 'vitest'
import { whyNoMachines } from './driver.fixture.ts'
import { whyNoFilter } from './filter.ts'
import { whyNoLabMirror } from './lab-mirror.fixture.ts'
import { type OrdinaryUser, ordinaryUser, runAs, whyNoOrdinaryUser } from './ordinary-user.fixture.ts'
import type { Story } from './rootless-story.fixture.ts'

const isRoot = process.getuid?.() === 0
/** An ordinary user's images are looked for by their own root. */
const noImage = (isRoot ? await whyNoMachines() : null) ?? whyNoLabMirror()

/** Runs something as their own root. */
function asOwnRoot(user: OrdinaryUser, then: 'keep' | 'close', command: string[]): Promise<string> {
  const entrance = join(user.checkout, 'lib/dev-cloud/ns/own-root.fixture.mjs')
  return runAs(user, [process.execPath, entrance, join(user.folder, 'cloud'), then, ...command])
}

async function tell(user: OrdinaryUser): Promise<Story> {
  const teller = [process.execPath, join(user.checkout, 'lib/dev-cloud/ns/rootless-story.fixture.ts'), join(user.folder, 'cloud')]
  await asOwnRoot(user, 'keep', [...teller, 'begin'])
  const story: Story = JSON.parse(await asOwnRoot(user, 'close', [...teller, 'go-on']))
  return story
}

const whatBothDo = {
  machine: expect.stringMatching(/^node1\n\w+\nspace a\n 0 \d{5,} 65536$/),
  neighbour: 'SSH-2.0',
  once: 'once\nspace a',
  installed: 'status: done\nI am lab-greeter',
  filtered: whyNoFilter() === null ? 'in, not' : 'in, in',
  suspended: { state: 'frozen', stoodStill: true, refused: 'The machine is suspended.', back: 'here', jobs: '1' },
  volume: [`regular file root:disk ${2 ** 30}\nnode1`, 'node1', 'as long as it was'],
  restarted: expect.stringMatching(/^kept\nstatus: done\n/),
  rebooted: 'another life',
  exits: ['a-2'],
  left: '',
  log: [],
}

for (const withGroup of [true, false]) {
  const reason = noImage ?? whyNoOrdinaryUser(withGroup)
  const title = withGroup
    ? 'an ordinary user with a control group has machines with systemd, freezing and limits'
    : 'an ordinary user without one has machines with a plain init that live the same life, and is told what they lack'
  test.skipIf(reason !== null)(
    `${title}${reason === null ? '' : ` (skipped: ${reason})`}`,
    async () => {
      const user = ordinaryUser(withGroup)
      try {
        const story = await tell(user)
        expect(story).toMatchObject(whatBothDo)
        expect(story.name).toBe(`sandboxes (ns), as an ordinary user, with ${withGroup ? 'systemd' : 'a plain init'}`)
        expect(story.machine.split('\n')[1]).toBe(withGroup ? 'systemd' : 'sh')
        // Nobody in a machine is the account that runs it.
        expect(story.machine).not.toContain(` 0 ${process.getuid?.()} `)
        if (withGroup) expect(story.memory).not.toContain('734003200')
        else expect(story.lacks[0]).toContain('systemd-run --user --scope -p Delegate=yes npm start')
      } finally {
        await asOwnRoot(user, 'close', ['true'])
        await user.remove()
      }
    },
    60_000,
  )
}
