import ssh2 from 'ssh2'
import { expect, test } from 'vitest'
import { makeSshKeyPair } from './key-pair.ts'

test('a fresh pair is read by SSH software, and its halves belong together', () => {
  for (const comment of ['', 'a', 'astrolabe', 'astrolabe g12']) {
    const { publicKey, privateKey } = makeSshKeyPair(comment)
    const parsed = ssh2.utils.parseKey(privateKey)
    if (parsed instanceof Error) throw parsed
    expect(parsed.type).toBe('ssh-ed25519')
    expect(publicKey).toBe(`ssh-ed25519 ${parsed.getPublicSSH().toString('base64')} ${comment}`)
    const signature = parsed.sign('hello')
    if (signature instanceof Error) throw signature
    expect(parsed.verify('hello', signature)).toBe(true)
  }
})

test('no two pairs are the same', () => {
  expect(makeSshKeyPair('x').privateKey).not.toBe(makeSshKeyPair('x').privateKey)
})
