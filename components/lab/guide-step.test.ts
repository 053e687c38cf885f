import { expect, test } from 'vitest'
import { guideStep, stepFromHash } from './guide-step.ts'
import { guideWords } from './guide-words.ts'

const words = guideWords('en', { launchId: 'l1', version: 'v1' })
const stepOf = (text: string) => guideStep({ id: 'a', title: 'Hello', language: 'en', html: text }, words)
const shown = (text: string) =>
  stepOf(text)
    .segments.map((segment) => segment.html)
    .join('')

const html = [
  '<h2 id="guide-a-hello">Hello</h2>',
  '<p>Look:</p>',
  '<pre data-command="" data-host="node1"><code class="language-sh">echo &#x3C;a> &#x26;&#x26; ls\n</code></pre>',
  '<p>It says:</p>',
  '<pre><code>total 0\n</code></pre>',
].join('\n')

test('commands come apart from the text, with their machine; output is no command', () => {
  const step = stepOf(html)
  expect(step.titled).toBe(true)
  expect(step.segments).toEqual([
    {
      kind: 'text',
      html: '<div class="heading"><h2 id="guide-a-hello">Hello</h2><a class="heading-link" href="#guide-a-hello" aria-label="Link to “Hello”">#</a></div>\n<p>Look:</p>\n',
    },
    { kind: 'block', html: 'echo &#x3C;a> &#x26;&#x26; ls', host: 'node1', shell: true, run: true },
    { kind: 'text', html: '\n<p>It says:</p>\n' },
    { kind: 'block', html: 'total 0', host: null, shell: false, run: true },
  ])
})

test('a step without a heading of its own gets its title', () => {
  expect(stepOf('<p>x</p>').titled).toBe(false)
})

test('a command that must not run at a click says so', () => {
  expect(stepOf('<pre data-command="" data-run="false"><code>reboot</code></pre>').segments).toEqual([
    { kind: 'block', html: 'reboot', host: null, shell: true, run: false },
  ])
})

test('call-outs, tasks and tables get the words that a screen reader hears, pictures their address', () => {
  expect(shown('<div data-callout="tip"><p data-callout="tip"></p><p>x</p></div>')).toContain('</span>Tip</p>')
  expect(shown('<span data-task="done"></span>')).toContain('role="img" aria-label="Done"')
  expect(shown('<div data-table=""><table></table></div>')).toContain('role="group" tabindex="0" aria-label="Table"')
  expect(shown('<p><img src="lab:guide/plan.png" alt=""></p>')).toBe('<p><img src="/l/l1/files/guide/plan.png?v=v1" alt=""></p>')
})

test('a heading full of quotation marks stays inside the name of its link', () => {
  expect(shown('<h3 id="guide-a-x">"&#x3C;b onclick="y"</h3>')).toContain('aria-label="Link to “&quot;&#x3C;b onclick=&quot;y&quot;”"')
})

test('an address names a step that exists, something within one, or none', () => {
  const steps = [{ id: 'a' }, { id: 'disks' }, { id: 'disks-again' }]
  expect(stepFromHash('#step-2', steps)).toBe(1)
  expect(stepFromHash('#step-9', steps)).toBe(2)
  expect(stepFromHash('#step-0', steps)).toBeNull()
  expect(stepFromHash('#guide-a-hello', steps)).toBe(0)
  expect(stepFromHash('#guide-disks-again-x', steps)).toBe(2)
  expect(stepFromHash('#guide-b-hello', steps)).toBeNull()
  expect(stepFromHash('', [])).toBeNull()
})
