import { afterEach, expect, vi } from 'vitest'

// Silence is success (house rule H16): a test that makes noise has not passed.
const noise: string[] = []
for (const level of ['error', 'warn'] as const) {
  vi.spyOn(console, level).mockImplementation((...words: unknown[]) => {
    noise.push(`console.${level}: ${words.map(String).join(' ')}`)
  })
}

afterEach(() => {
  expect(noise.splice(0)).toEqual([])
})
