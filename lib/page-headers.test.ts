import { expect, test } from 'vitest'
import { contentSecurityPolicy, launchOf } from './page-headers.ts'

const launch = '0193a1f2-7c1d-7a4e-9a53-fa163e2b7c91'

test('a page that belongs to no course may stand in no frame', () => {
  const policy = contentSecurityPolicy({ nonce: 'abc', frameAncestors: [], development: false })
  expect(policy).toContain("frame-ancestors 'none'")
  expect(policy).toContain("script-src 'self' 'nonce-abc';")
})

test('a launch may stand in the frames of its platform', () => {
  const policy = contentSecurityPolicy({
    nonce: 'abc',
    frameAncestors: ['https://lms.example', 'https://*.lms.example'],
    development: false,
  })
  expect(policy).toMatch(/; frame-ancestors https:\/\/lms\.example https:\/\/\*\.lms\.example$/)
})

test('eval is for development alone', () => {
  expect(contentSecurityPolicy({ nonce: 'a', frameAncestors: [], development: true })).toContain("'unsafe-eval'")
  expect(contentSecurityPolicy({ nonce: 'a', frameAncestors: [], development: false })).not.toContain('eval')
})

test('the address names the launch', () => {
  expect(launchOf(`/l/${launch}`)).toBe(launch)
  expect(launchOf(`/l/${launch}/class`)).toBe(launch)
  expect(launchOf(`/l/${launch}x`)).toBeNull()
  expect(launchOf('/l/../operator')).toBeNull()
  expect(launchOf('/operator')).toBeNull()
})
