import { createHash, generateKeyPair as generate } from 'node:crypto'
import { promisify } from 'node:util'

/** RFC 4253 6.6: the blob begins with the name of its own algorithm. Undefined when it does not. */
export function fingerprintOf(publicKey: string): string | undefined {
  const [kind = '', blob = ''] = publicKey.trim().split(/\s+/)
  const bytes = Buffer.from(blob, 'base64')
  if (!/^(ssh-|ecdsa-|sk-)/.test(kind) || bytes.length < 4) return undefined
  if (bytes.subarray(4, 4 + bytes.readUInt32BE(0)).toString() !== kind) return undefined
  return createHash('md5')
    .update(bytes)
    .digest('hex')
    .replace(/(..)(?!$)/g, '$1:')
}

/** A key pair as Nova makes one before 2.92 (nova/crypto.py, generate_key_pair): RSA of 2048 bits, the private half in PKCS#1. */
export async function makeKeyPair(): Promise<{ publicKey: string; privateKey: string }> {
  const { publicKey, privateKey } = await promisify(generate)('rsa', { modulusLength: 2048 })
  const { n = '', e = '' } = publicKey.export({ format: 'jwk' })
  const blob = Buffer.concat([field(Buffer.from('ssh-rsa')), number(e), number(n)])
  return {
    publicKey: `ssh-rsa ${blob.toString('base64')} Generated-by-Nova`,
    privateKey: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
  }
}

/** RFC 4251 5: a string has its length before it; a number has a zero first where it would else be negative. */
function field(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

function number(base64url: string): Buffer {
  const bytes = Buffer.from(base64url, 'base64url')
  return field((bytes[0] ?? 0) > 127 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes)
}
