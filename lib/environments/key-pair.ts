import { generateKeyPairSync, randomBytes } from 'node:crypto'

/** What a sealed private key is sealed for: see lib/secrets.ts. */
export const KEY_PAIR_PURPOSE = 'key_pair.private'

export type SshKeyPair = {
  /** `ssh-ed25519 AAAA... <comment>` */
  publicKey: string
  /** OpenSSH's own form, unencrypted. */
  privateKey: string
}

/** A fresh Ed25519 pair in OpenSSH's forms (PROTOCOL.key of OpenSSH; RFC 8709 for the public half). */
export function makeSshKeyPair(comment: string): SshKeyPair {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const point = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')
  const seed = Buffer.from(privateKey.export({ format: 'jwk' }).d ?? '', 'base64url')
  const blob = Buffer.concat([field('ssh-ed25519'), field(point)])
  return {
    publicKey: `ssh-ed25519 ${blob.toString('base64')} ${comment}`,
    privateKey: armour(Buffer.concat([head(blob), field(privatePart({ point, seed, comment }))])),
  }
}

/** No cipher, no key derivation, one key. */
function head(publicBlob: Buffer): Buffer {
  const one = Buffer.of(0, 0, 0, 1)
  return Buffer.concat([Buffer.from('openssh-key-v1\0'), field('none'), field('none'), field(''), one, field(publicBlob)])
}

/** The same random number twice tells a reader that it decrypted rightly; the padding counts from 1 to the block size, 8. */
function privatePart({ point, seed, comment }: { point: Buffer; seed: Buffer; comment: string }): Buffer {
  const check = randomBytes(4)
  const bare = Buffer.concat([check, check, field('ssh-ed25519'), field(point), field(Buffer.concat([seed, point])), field(comment)])
  const padding = Buffer.from(Array.from({ length: (8 - (bare.length % 8)) % 8 }, (_, index) => index + 1))
  return Buffer.concat([bare, padding])
}

function field(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

function armour(bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,70}/g) ?? []
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join('\n')
}
