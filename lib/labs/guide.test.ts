import { expect, test } from 'vitest'
import { readFence } from './fence.ts'
import { renderGuide } from './guide.ts'
import { inspectGuide } from './inspect-guide.ts'

const render = (markdown: string) => renderGuide(markdown, 'meet').trim()

test('a fence for a host becomes a command to copy', () => {
  expect(render('```sh {host=node1}\nls .\n```')).toBe(
    '<pre data-command="" data-host="node1"><code class="language-sh">ls .\n</code></pre>',
  )
  expect(render('```bash\nls\n```')).toBe('<pre data-command=""><code class="language-bash">ls\n</code></pre>')
})

test('a fence in another language is something to read', () => {
  expect(render('```text\nok\n```')).toBe('<pre><code class="language-text">ok\n</code></pre>')
})

test('headings move down by one and can be linked to, each step by itself', () => {
  expect(render('# Meet them\n\n[see](#meet-them)')).toBe(
    '<h2 id="guide-meet-meet-them">Meet them</h2>\n<p><a href="#guide-meet-meet-them">see</a></p>',
  )
})

test('links open a tab of their own; those to files are only their words', () => {
  expect(render('[a](https://example.org)')).toBe('<p><a href="https://example.org" target="_blank" rel="noopener noreferrer">a</a></p>')
  expect(render('[a](02-across.md) [b](/admin) [c](//evil.example)')).toBe('<p>a b c</p>')
})

test('tables, task lists and footnotes of GitHub’s Markdown come through', () => {
  expect(render('|a|\n|-|\n|b|')).toContain('<div data-table=""><table>')
  expect(render('- [x] done')).toContain('<span data-task="done"></span> done')
  expect(render('a[^1]\n\n[^1]: b')).toContain('href="#guide-meet-fn-1"')
})

test('a small picture in the text stays, any other becomes its words', () => {
  expect(render('![dot](data:image/png;base64,AAAA)')).toBe('<p><img src="data:image/png;base64,AAAA" alt="dot"></p>')
  for (const source of ['https://tracker.example/1.png', 'plan.png', 'data:image/svg+xml;base64,AAAA', 'data:text/html;base64,AAAA']) {
    expect(render(`![plan](${source})`)).toBe('<p>plan</p>')
  }
})

const attacks = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '[x](javascript:alert(1))',
  '[x](  JaVaScRiPt:alert(1))',
  '[x](java\nscript:alert(1))',
  '[x](data:text/html;base64,PHNjcmlwdD4=)',
  '[x](vbscript:alert(1))',
  '![x](javascript:alert(1))',
  '<a href="https://x" onclick="alert(1)">x</a>',
  '```sh {host="><img src=x onerror=alert(1)>}\nls\n```',
  '```"><script>alert(1)</script>\nls\n```',
  '# <svg onload=alert(1)>',
  '<iframe src="https://evil.example"></iframe>',
  '[x](https://e.example "onmouseover=alert(1)")',
  '<style>*{display:none}</style>',
  '<form action="https://evil.example"><input name=p></form>',
  'http://x.example/"onmouseover="alert(1)',
]

test.each(attacks)('nothing runs: %s', (markdown) => {
  const html = render(markdown)
  const tags = [...html.matchAll(/<([a-z0-9]+)((?:\s+[a-z-]+(?:="[^"]*")?)*)\s*>/gi)]
  expect(html.replaceAll(/<\/?[a-z0-9]+(?:\s+[a-z-]+(?:="[^"]*")?)*\s*>/gi, '')).not.toMatch(/</)
  for (const [, name, attributes] of tags) {
    expect(['p', 'a', 'pre', 'code', 'h2', 'span']).toContain(name)
    expect(attributes).not.toMatch(/\son[a-z]+=/i)
    expect(attributes).not.toMatch(/(?:href|src)="(?!https?:|#)/i)
  }
})

test('a fence says whether a click may run it', () => {
  expect(render('```sh {host=node1 run=false}\nreboot\n```')).toContain('<pre data-command="" data-host="node1" data-run="false">')
  expect(readFence('{run=false}')).toEqual({ host: null, run: false })
  for (const wrong of ['{}', '{run=maybe}', '{host=node1 walk=true}', '{node1}', 'host=node1']) expect(readFence(wrong)).toBeNull()
})

test('a picture of the folder comes with its size, so that nothing shifts when it is there', () => {
  const found = (address: string) => (address === 'plan.png' ? { path: 'guide/plan.png', type: 'image/png', width: 3, height: 2 } : null)
  expect(renderGuide('![plan](plan.png) ![no](no.png)', 'meet', found)).toBe(
    '<p><img src="lab:guide/plan.png" alt="plan" width="3" height="2"> no</p>',
  )
})

test('a quotation that says what it is becomes a call-out; any other stays one', () => {
  expect(render('> [!WARNING]\n> Mind *this*.')).toBe(
    '<div data-callout="warning"><p data-callout="warning"></p>\n<p>Mind <em>this</em>.</p>\n</div>',
  )
  expect(render('> [!TIP]\n>\n> - one')).toMatch(/^<div data-callout="tip"><p data-callout="tip"><\/p>\s*<ul>/)
  expect(render('> [!OTHER] x')).toContain('<blockquote>')
})

test('keys are the one piece of HTML that stays', () => {
  expect(render('Press <kbd>Ctrl</kbd> <kbd>**C**</kbd> <b>x</b> <kbd>')).toBe(
    '<p>Press <kbd>Ctrl</kbd> <kbd><strong>C</strong></kbd> x </p>',
  )
})

test.each([
  ['sh', 'sudo rm -rf "$HOME/a b" # gone\nN=3 ./x --all 12'],
  ['yaml', 'a: 1\n- b: "x" # c\n  <d>: {{outputs.x}}'],
  ['json', '{"a": [1, true, "b\\""]}'],
  ['python', 'def f(x):\n    return "%s" % x  # <b>'],
  ['ini', '[Unit]\nAfter=network.target\n; no'],
])('colours change no letter of %s', (language, code) => {
  const html = render(`\`\`\`${language}\n${code}\n\`\`\``)
  expect(html).toContain('<span class="code-')
  const letters = html
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&#x3C;', '<')
    .replaceAll('&#x26;', '&')
  expect(letters).toBe(`${code}\n`)
})

test('what would not come out as meant is pointed at', () => {
  const markdown = '# Meet\n\n```sh {host=node3}\nls\n```\n\n```sh {node1}\nls\n```\n\n![plan](plan.png)\n\n[next](02.md)\n'
  expect(inspectGuide(markdown, ['node1', 'node2'])).toEqual({
    heading: 'Meet',
    problems: [
      { line: 3, column: 1, message: 'There is no host "node3".' },
      { line: 7, column: 1, message: '"{node1}" is not understood; write {host=node1}.' },
      { line: 11, column: 1, message: '"plan.png" is no picture in the lab’s folder (png, jpeg, gif, webp, or an svg that only draws).' },
      { line: 13, column: 1, message: '"02.md" is no http(s) address.' },
    ],
  })
})
