import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readLabFolder } from './folder.ts'
import { parseLab } from './lab.ts'
import { guidesFor } from './read-guides.ts'

const folder = join(import.meta.dirname, '../../heat-templates/two-machines')

/** The lab Two machines, its first step in several languages. */
async function translated(more: Record<string, string>, first = '{en: guide/01-meet.md, de: guide/01.de.md}') {
  const files = new Map(await readLabFolder(folder))
  const manifest = await readFile(join(folder, 'lab.yaml'), 'utf8')
  const encoder = new TextEncoder()
  files.set(
    'lab.yaml',
    encoder.encode(manifest.replace('languages: [en]', 'languages: [de, en]').replace('file: guide/01-meet.md', `file: ${first}`)),
  )
  for (const [path, text] of Object.entries(more)) files.set(path, encoder.encode(text))
  return parseLab(files)
}

test('each language has a whole guide, and a step that was not translated says what it is written in', async () => {
  const { lab, problems } = await translated({ 'guide/01.de.md': '# Ihre Rechner' })
  expect(problems).toBeNull()
  expect(lab?.guides.map(({ language }) => language)).toEqual(['en', 'de'])
  const german = lab?.guides[1]?.steps ?? []
  expect(german.length).toBe(5)
  expect(german[0]).toMatchObject({ id: 'meet', title: 'Ihre Rechner', language: 'de' })
  expect(lab?.guides[0]?.steps[0]).toMatchObject({ id: 'meet', language: 'en' })
})

test('a translation that is missing, and a picture in one, are told at their line', async () => {
  const { problems } = await translated({})
  expect(problems).toMatchObject([{ file: 'lab.yaml', message: 'There is no text file "guide/01.de.md" in the lab’s folder.' }])
  const again = await translated({ 'guide/01.de.md': '# Eins\n\nHier ![Plan](plan.png)' })
  expect(again.problems).toMatchObject([{ file: 'guide/01.de.md', line: 3, column: 6 }])
  expect((await translated({}, '{}')).problems).not.toBeNull()
})

test('a reader gets their language, a kin of it, or the first', () => {
  const guides = [{ language: 'en' }, { language: 'pt-BR' }, { language: 'de' }]
  const first = (locale: string | null) => guidesFor(guides, locale)[0]?.language
  expect([first('de-AT'), first('pt_PT'), first('en-GB'), first('fr'), first(null)]).toEqual(['de', 'pt-BR', 'en', 'en', 'en'])
  expect(guidesFor(guides, 'de').length).toBe(3)
})
