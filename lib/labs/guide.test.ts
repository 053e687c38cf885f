import { expect, test } from 'vitest'
import { inspectGuide, renderGuide } from './guide.ts'

const render = (markdown: string) => renderGuide(markdown, 'meet').trim()

test('a fence for a host becomes a command to copy', () => {
  expect(render('```sh {host=node1}\nls -l\n```')).toBe(
    '<pre data-command="" data-host="node1"><code class="language-sh">ls -l\n</code></pre>',
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
  expect(render('|a|\n|-|\n|b|')).toContain('<td>b</td>')
  expect(render('- [x] done')).toContain('<input type="checkbox" checked disabled>')
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
    expect(['p', 'a', 'pre', 'code', 'h2']).toContain(name)
    expect(attributes).not.toMatch(/\son[a-z]+=/i)
    expect(attributes).not.toMatch(/(?:href|src)="(?!https?:|#)/i)
  }
})

test('what would not come out as meant is pointed at', () => {
  const markdown = '# Meet\n\n```sh {host=node3}\nls\n```\n\n```sh {node1}\nls\n```\n\n![plan](plan.png)\n\n[next](02.md)\n'
  expect(inspectGuide(markdown, ['node1', 'node2'])).toEqual({
    heading: 'Meet',
    problems: [
      { line: 3, column: 1, message: 'There is no host "node3".' },
      { line: 7, column: 1, message: '"{node1}" is not understood; write {host=node1}.' },
      { line: 11, column: 1, message: 'Pictures must be data: URLs (png, jpeg, gif or webp).' },
      { line: 13, column: 1, message: '"02.md" is no http(s) address.' },
    ],
  })
})
