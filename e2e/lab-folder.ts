import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseDocument } from 'yaml'

/**
 * A folder of labs with *Two machines* alone, changed as given.
 * @param lifecycle what stands under `lifecycle` in its lab.yaml
 * @param extra more values by path, e.g. `{ 'environment.parameters.flavor': 'lab.tiny' }`
 * @returns the folder, for ASTROLABE_LABS; whoever asked removes it
 */
export function labFolder(lifecycle: unknown, extra: Record<string, unknown> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'astrolabe-labs-'))
  cpSync(join('heat-templates', 'two-machines'), join(folder, 'two-machines'), { recursive: true })
  const file = join(folder, 'two-machines', 'lab.yaml')
  const document = parseDocument(readFileSync(file, 'utf8'))
  document.set('lifecycle', lifecycle)
  for (const [path, value] of Object.entries(extra)) document.setIn(path.split('.'), value)
  writeFileSync(file, document.toString())
  return folder
}
