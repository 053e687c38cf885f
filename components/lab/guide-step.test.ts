import { expect, test } from 'vitest'
import { guideStep, stepFromHash } from './guide-step.ts'

const html = [
  '<h2 id="guide-a-hello">Hello</h2>',
  '<p>Look:</p>',
  '<pre data-command="" data-host="node1"><code class="language-sh">echo &#x3C;a> &#x26;&#x26; ls\n</code></pre>',
  '<p>It says:</p>',
  '<pre><code>total 0\n</code></pre>',
].join('\n')

test('commands come apart from the text, with their machine; output is no command', () => {
  const step = guideStep({ id: 'a', title: 'Hello', html })
  expect(step.titled).toBe(true)
  expect(step.segments).toEqual([
    { kind: 'text', html: '<h2 id="guide-a-hello">Hello</h2>\n<p>Look:</p>\n' },
    { kind: 'block', html: 'echo &#x3C;a> &#x26;&#x26; ls', host: 'node1', shell: true },
    { kind: 'text', html: '\n<p>It says:</p>\n' },
    { kind: 'block', html: 'total 0', host: null, shell: false },
  ])
})

test('a step without a heading of its own gets its title', () => {
  expect(guideStep({ id: 'a', title: 'Hello', html: '<p>x</p>' }).titled).toBe(false)
})

test('an address names a step that exists, or none', () => {
  expect(stepFromHash('#step-2', 3)).toBe(1)
  expect(stepFromHash('#step-9', 3)).toBe(2)
  expect(stepFromHash('#step-0', 3)).toBeNull()
  expect(stepFromHash('#guide-a-hello', 3)).toBeNull()
  expect(stepFromHash('', 0)).toBeNull()
})
