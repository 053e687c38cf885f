import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { frameHeights, labScript, storageBounds } from './lab-script.ts'

const toolOrigin = 'http://127.0.0.1:3000'

/** The script in a page reduced to what it touches. `say` delivers a message, and gives what was posted back. */
function openedPage({ storage }: { storage: boolean }) {
  const replies: { message: Record<string, unknown>; target: string }[] = []
  const contentWindow = { postMessage: (message: Record<string, unknown>, target: string) => replies.push({ message, target }) }
  const frame = { contentWindow, contentDocument: null, style: { height: '' }, addEventListener: () => {} }
  const stage = {
    dataset: { tool: toolOrigin, storage: storage ? 'on' : 'off' },
    querySelector: (selector: string) => (selector === 'iframe' ? frame : { hidden: true, textContent: '' }),
  }
  let listener: (event: object) => void = () => {}
  runInNewContext(labScript, {
    document: { querySelector: () => stage },
    setTimeout: () => 1,
    clearTimeout: () => {},
    addEventListener: (_kind: string, found: (event: object) => void) => {
      listener = found
    },
  })
  const say = (data: unknown, { origin = toolOrigin, source = contentWindow as object } = {}) => {
    listener({ origin, source, data })
    return replies.splice(0)
  }
  return { say, frame }
}

const put = (key: unknown, value: unknown) => ({ subject: 'lti.put_data', message_id: 'm', key, value })
const read = (key: string) => ({ subject: 'lti.get_data', message_id: 'm', key })

test('the tool may ask for a height, within bounds, as an object or as text', () => {
  const { say, frame } = openedPage({ storage: false })
  const heights = [700, '640', 10, 99_999, 'tall', Number.NaN].map((height) => {
    expect(say({ subject: 'lti.frameResize', height })).toEqual([])
    return frame.style.height
  })
  expect(heights).toEqual([
    '700px',
    '640px',
    `${frameHeights.least}px`,
    `${frameHeights.greatest}px`,
    `${frameHeights.greatest}px`,
    `${frameHeights.greatest}px`,
  ])
  say('{"subject":"lti.frameResize","height":720}')
  expect(frame.style.height).toBe('720px')
})

test('nobody but the tool in this frame is heard', () => {
  const { say, frame } = openedPage({ storage: true })
  const message = { subject: 'lti.frameResize', height: 500 }
  say(message, { origin: 'http://127.0.0.1:3001' })
  say(message, { origin: 'http://localhost:3000' })
  say(message, { source: {} })
  expect(frame.style.height).toBe('')
  expect(say(put('a', 'b'), { origin: 'null' })).toEqual([])
})

test('what the tool puts it gets back, told to its own origin only', () => {
  const { say } = openedPage({ storage: true })
  expect(say(put('k', 'secret'))).toEqual([
    { message: { subject: 'lti.put_data.response', message_id: 'm', key: 'k', value: 'secret' }, target: toolOrigin },
  ])
  expect(say(read('k'))[0]?.message).toMatchObject({ subject: 'lti.get_data.response', value: 'secret' })
  expect(say(read('other'))[0]?.message).toMatchObject({ value: null })
  say(put('k', null))
  expect(say(read('k'))[0]?.message).toMatchObject({ value: null })
})

test('the storage is announced, and has bounds', () => {
  const { say } = openedPage({ storage: true })
  const [answer] = say({ subject: 'lti.capabilities', message_id: 'm' })
  expect(JSON.stringify(answer?.message)).toContain('"subject":"lti.put_data","frame":"_parent"')
  expect(say(put('', 'v'))[0]?.message).toMatchObject({ error: { code: 'bad_request' } })
  expect(say(put('k', 'x'.repeat(storageBounds.value + 1)))[0]?.message).toMatchObject({ error: { code: 'bad_request' } })
  expect(say(put('k', 'x'.repeat(4096)))[0]?.message).not.toHaveProperty('error')
  for (let count = 1; count < storageBounds.keys; count++) say(put(`k${count}`, 'v'))
  expect(say(put('one more', 'v'))[0]?.message).toMatchObject({ error: { code: 'storage_exhausted' } })
})

test('without platform storage the course keeps and announces nothing', () => {
  const { say } = openedPage({ storage: false })
  expect(say(put('k', 'v'))).toEqual([])
  expect(say({ subject: 'lti.capabilities', message_id: 'm' })).toEqual([])
})

test('odd messages are let pass', () => {
  const { say } = openedPage({ storage: true })
  for (const odd of [null, 7, 'not json', '{"subject":', [], {}, { subject: 'constructor' }, { subject: 5 }, 'x'.repeat(100_000)])
    expect(say(odd)).toEqual([])
})
