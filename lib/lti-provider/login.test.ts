import { expect, test } from 'vitest'
import { parseAuthenticationResponse } from './authentication-response.ts'
import { authorizationAddress, parseLogin } from './login.ts'

const initiation = { iss: 'https://lms.example', login_hint: 'ada', target_link_uri: 'https://tool.example/lti/launch' }
const query = (changes: Record<string, string> = {}) => new URLSearchParams({ ...initiation, ...changes })

test('a login is read from query and form together (L14)', () => {
  const split = parseLogin(new URLSearchParams({ lti_storage_target: '_parent', iss: initiation.iss }), query({ client_id: 'c' }))
  expect(split).toMatchObject({ issuer: 'https://lms.example', clientId: 'c', storageTarget: '_parent', messageHint: null })
  expect(() => parseLogin(query(), query({ iss: 'https://other.example' }))).toThrow(
    expect.objectContaining({ code: 'login.parameter_twice' }),
  )
})

test.each(['iss', 'login_hint', 'target_link_uri'])('L1, L2, L3: without %s it is refused', (name) => {
  const missing = expect.objectContaining({ code: 'login.parameter_missing', message: name })
  expect(() => parseLogin(query({ [name]: '' }))).toThrow(missing)
})

test.each(['__proto__', 'top', 'x'.repeat(10_240), '</script>', 'constructor'])('L17: no frame is called %s', (name) => {
  expect(parseLogin(query({ lti_storage_target: name })).storageTarget).toBeNull()
})

test('L12, L13, L18: hints go back as they came, and the address keeps its own query', () => {
  const hint = '{"cmid":2,"launchid":"lti+1%2B&x"}\r\nSet-Cookie: a=b é'
  const address = authorizationAddress({
    authorizationUrl: 'https://lms.example/auth?tenant=1',
    clientId: 'c',
    redirectUri: 'https://tool.example/lti/launch',
    loginHint: hint,
    messageHint: hint,
    state: 's',
    nonce: 'n',
  })
  expect(address).not.toMatch(/[\r\n]/)
  const sent = new URL(address).searchParams
  expect(Object.fromEntries(sent)).toEqual({
    tenant: '1',
    scope: 'openid',
    response_type: 'id_token',
    response_mode: 'form_post',
    prompt: 'none',
    client_id: 'c',
    redirect_uri: 'https://tool.example/lti/launch',
    login_hint: hint,
    lti_message_hint: hint,
    state: 's',
    nonce: 'n',
  })
  const without = authorizationAddress({
    ...Object.fromEntries(sent),
    authorizationUrl: 'https://lms.example/auth',
    clientId: 'c',
    redirectUri: 'r',
    loginHint: 'l',
    messageHint: null,
    state: 's',
    nonce: 'n',
  })
  expect(new URL(without).searchParams.has('lti_message_hint')).toBe(false)
})

const answer = (pairs: [string, string][]) => parseAuthenticationResponse(new URLSearchParams(pairs))

test('A1, A2, A11, A12: an answer has one state and one token, of bounded length', () => {
  const code = (name: string) => expect.objectContaining({ code: name })
  expect(() => answer([['id_token', 'a']])).toThrow(code('response.parameter_missing'))
  expect(() => answer([['state', 'a']])).toThrow(code('response.parameter_missing'))
  expect(() =>
    answer([
      ['state', 'a'],
      ['id_token', 'b'],
      ['id_token', 'b'],
    ]),
  ).toThrow(code('response.parameter_twice'))
  expect(() =>
    answer([
      ['state', 'a'],
      ['id_token', 'x'.repeat(200_000)],
    ]),
  ).toThrow(code('response.token_too_long'))
})

test('A3: what a platform calls its refusal is reduced to a harmless word', () => {
  expect(answer([['error', 'login_required<script>']])).toEqual({ kind: 'error', error: 'login_requiredscript', state: null })
})
