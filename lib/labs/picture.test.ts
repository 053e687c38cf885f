import { expect, test } from 'vitest'
import { pathOfPicture, pictureOf } from './picture.ts'

const bytes = (...parts: (string | number[])[]) =>
  new Uint8Array(parts.flatMap((part) => (typeof part === 'string' ? Array.from(part, (letter) => letter.charCodeAt(0)) : part)))
const zeros = (n: number) => Array.from({ length: n }, () => 0)

test('the size of a picture is read from its own bytes, whatever it is called', () => {
  const png = bytes([0x89], 'PNG', [13, 10, 26, 10, 0, 0, 0, 13], 'IHDR', [0, 0, 1, 64, 0, 0, 0, 200], zeros(9))
  expect(pictureOf(png)).toEqual({ type: 'image/png', width: 320, height: 200 })
  expect(pictureOf(bytes('GIF89a', [64, 1, 200, 0], zeros(3)))).toEqual({ type: 'image/gif', width: 320, height: 200 })
  const webp = bytes('RIFF', zeros(4), 'WEBPVP8X', [10, 0, 0, 0], zeros(4), [63, 1, 0, 199, 0, 0])
  expect(pictureOf(webp)).toEqual({ type: 'image/webp', width: 320, height: 200 })
  const jpeg = bytes([0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xc0, 0, 17, 8, 0, 200, 1, 64], zeros(4))
  expect(pictureOf(jpeg)).toEqual({ type: 'image/jpeg', width: 320, height: 200 })
  expect(pictureOf(bytes('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 200"><rect fill="url(#a)"/></svg>'))).toEqual({
    type: 'image/svg+xml',
    width: 320,
    height: 200,
  })
})

test.each([
  ['html', '<html><script>alert(1)</script></html>'],
  ['a template', 'heat_template_version: 2018-08-31'],
  ['nothing', ''],
  ['half a png', '\x89PNG'],
  ['a jpeg without end', '\xff\xd8\xff\xe0\x00\x00'],
  ['a program', '<svg viewBox="0 0 1 1"><script>x</script></svg>'],
  ['a handler', '<svg viewBox="0 0 1 1" onload="x"/>'],
  ['a handler behind a line', '<svg viewBox="0 0 1 1"\nonload\n= "x"></svg>'],
  ['another document', '<svg viewBox="0 0 1 1"><foreignObject/></svg>'],
  ['another address', '<svg viewBox="0 0 1 1"><image href="https://x.example/1.png"/></svg>'],
  ['a link', '<svg viewBox="0 0 1 1"><a xlink:href="javascript:x"/></svg>'],
  ['an entity', '<!DOCTYPE svg [<!ENTITY x "y">]><svg viewBox="0 0 1 1"/>'],
  ['a style from elsewhere', '<svg viewBox="0 0 1 1"><style>@import "//x.example"</style></svg>'],
  ['too large', '<svg viewBox="0 0 100000 1"></svg>'],
])('no picture: %s', (_what, text) => {
  expect(pictureOf(bytes(text))).toBeNull()
})

test('a picture is looked for beside its guide, and never outside of the folder', () => {
  expect(pathOfPicture('plan.png', 'guide/01.md')).toBe('guide/plan.png')
  expect(pathOfPicture('../plan.png', 'guide/01.md')).toBe('plan.png')
  for (const address of ['../../plan.png', '/plan.png', 'https://x/1.png', 'a%2e%2e/b', '', '//x/y'])
    expect(pathOfPicture(address, 'guide/01.md'), address).toBeNull()
})
