import { expect, test } from 'vitest'
import { systemCallFilter } from './system-calls.ts'

const ARCH: Record<string, number> = { x64: 0xc000003e, arm64: 0xc00000b7 }
const answers: Record<number, string> = {
  2147418112: 'allowed',
  327681: 'EPERM',
  327718: 'ENOSYS',
  327777: 'EAFNOSUPPORT',
  327773: 'EPROTONOSUPPORT',
}

/** What the kernel would do with a call: classic BPF, as much of it as the filter uses. */
function verdict(processor: string, call: { number: number; arch?: number; args?: number[] }): string {
  const program = systemCallFilter(processor) ?? Buffer.alloc(0)
  const data = Buffer.alloc(64)
  data.writeUInt32LE(call.number, 0)
  data.writeUInt32LE(call.arch ?? ARCH[processor] ?? 0, 4)
  for (const [index, value] of (call.args ?? []).entries()) data.writeUInt32LE(value, 16 + 8 * index)
  let held = 0
  for (let at = 0; at * 8 < program.length; at++) {
    const [code, value] = [program.readUInt16LE(at * 8), program.readUInt32LE(at * 8 + 4)]
    const [yes, no] = [program.readUInt8(at * 8 + 2), program.readUInt8(at * 8 + 3)]
    if (code === 0x20) held = data.readUInt32LE(value)
    if (code === 0x15) at += held === value ? yes : no
    if (code === 0x35) at += held >= value ? yes : no
    if (code === 0x06) return answers[value] ?? String(value)
  }
  return 'ran off its end'
}

test('ordinary calls pass; those that no lab needs do not; those of other kinds of programs do not exist', () => {
  expect(verdict('x64', { number: 0 })).toBe('allowed')
  expect(verdict('x64', { number: 321 })).toBe('EPERM')
  expect(verdict('x64', { number: 425 })).toBe('ENOSYS')
  expect(verdict('x64', { number: 0x40000000 })).toBe('ENOSYS')
  expect(verdict('x64', { number: 0, arch: 0x40000003 })).toBe('ENOSYS')
  expect(verdict('arm64', { number: 63 })).toBe('allowed')
  expect(verdict('arm64', { number: 280 })).toBe('EPERM')
  expect(verdict('arm64', { number: 280, arch: 0x40000028 })).toBe('ENOSYS')
})

test('sockets are those of networks, of this machine and of the kernel; not of the audit and not of whoever carries this computer', () => {
  const socket = (...args: number[]) => verdict('x64', { number: 41, args })
  expect([1, 2, 10, 17].map((family) => socket(family, 1, 0))).toEqual(['allowed', 'allowed', 'allowed', 'allowed'])
  expect(socket(16, 3, 0)).toBe('allowed')
  expect(socket(16, 3, 9)).toBe('EPROTONOSUPPORT')
  expect([38, 40, 44].map((family) => socket(family, 1, 0))).toEqual(['EAFNOSUPPORT', 'EAFNOSUPPORT', 'EAFNOSUPPORT'])
  expect(verdict('arm64', { number: 198, args: [40] })).toBe('EAFNOSUPPORT')
})

test('where the numbers of the calls are not known there is no filter', () => {
  expect(systemCallFilter('riscv64')).toBeNull()
})
