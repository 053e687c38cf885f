import { expect, test } from 'vitest'
import { browserCookie, browserSecret, browserSecrets, loginCookie, loginSecret, newBrowserSecret } from './browser-cookie.ts'

const secret = newBrowserSecret()
const other = newBrowserSecret()

test('the cookie survives in a frame of another site, and nowhere but at our host', () => {
  const [pair, ...attributes] = browserCookie(secret).split('; ')
  expect(pair).toBe(`__Host-astrolabe=${secret}`)
  expect(attributes).toEqual(expect.arrayContaining(['Path=/', 'Secure', 'HttpOnly', 'SameSite=None', 'Partitioned']))
  expect(attributes.some((attribute) => attribute.startsWith('Domain'))).toBe(false)
})

test('a secret is read from among other cookies; twice, cut short or made up it is none', () => {
  expect(browserSecret(`a=b; __Host-astrolabe=${secret}; c=d`)).toBe(secret)
  expect(browserSecret(`__Host-astrolabe=${secret}; __Host-astrolabe=${other}`)).toBeNull()
  expect(browserSecret(`__Host-astrolabe=${secret.slice(1)}`)).toBeNull()
  expect(browserSecret(`x__Host-astrolabe=${secret}`)).toBeNull()
  expect(browserSecret(null)).toBeNull()
})

test('a browser is known by the secret it keeps and by those its first logins left', () => {
  const left = loginCookie('abc', other).split(';')[0]
  expect(browserSecrets(`__Host-astrolabe=${secret}; ${left}`)).toEqual([secret, other])
  expect(browserSecrets(`${left}; __Host-astrolabe-login-xyz=short; x__Host-astrolabe-login-z=${secret}`)).toEqual([other])
  expect(loginSecret(left, 'abc')).toBe(other)
  expect(loginSecret(left, 'xyz')).toBeNull()
  expect(browserSecrets(null)).toEqual([])
})
