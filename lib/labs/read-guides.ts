import { type LabFiles, textOf } from './folder.ts'
import { renderGuide } from './guide.ts'
import { inspectGuide } from './inspect-guide.ts'
import type { Manifest } from './manifest.ts'
import { picturesFor } from './picture.ts'
import type { Problem, YamlSource } from './yaml-source.ts'

/** Of one step. Pictures inside the text count. */
const MOST_CHARACTERS = 500_000

export type LabStep = {
  id: string
  title: string
  /** BCP 47: what this step is written in, which is another than its guide's where it was not translated. */
  language: string
  /** Clean: may be put into a page as it is. */
  html: string
}

/** What a learner reads, in one language. */
export type Guide = { language: string; steps: LabStep[] }

/** The languages in which there is any text, best first: English, or else the first that lab.yaml names. Pure. */
export function guideLanguages({ metadata, instructions }: Pick<Manifest, 'metadata' | 'instructions'>): [string, ...string[]] {
  const [first = 'en', ...others] = metadata.languages ?? ['en']
  const written = instructions.flatMap(({ file }) => (typeof file === 'string' ? [] : Object.keys(file)))
  const named = [...new Set([first, ...others, ...written])]
  const used = named.filter((language) => language === first || written.includes(language))
  const best = used.find((language) => language === 'en') ?? used[0] ?? first
  return [best, ...used.filter((language) => language !== best)]
}

/** All guides, that of whoever reads `locale` (BCP 47, null: not known) first: in that language, in a kin of it, else as they are. Pure. */
export function guidesFor<T extends { language: string }>(guides: readonly T[], locale: string | null): T[] {
  const wanted = locale?.replace('_', '-').toLowerCase() ?? ''
  const base = (language: string) => language.toLowerCase().split('-')[0]
  const best =
    guides.find(({ language }) => language.toLowerCase() === wanted) ?? guides.find(({ language }) => base(language) === base(wanted))
  return best ? [best, ...guides.filter((guide) => guide !== best)] : [...guides]
}

/** Every step in every language, and what is wrong with them. A file that stands for several is read once. */
export function readGuides(source: YamlSource, manifest: Manifest, files: LabFiles): { guides: Guide[]; problems: Problem[] } {
  const hosts = manifest.environment.hosts.map((host) => host.id)
  const problems: Problem[] = []
  const read = new Map<string, LabStep | null>()
  const languages = guideLanguages(manifest)
  const first = manifest.metadata.languages?.[0] ?? 'en'
  const stepOf = (index: number, language: string): LabStep | null => {
    const entry = manifest.instructions[index]
    if (!entry) return null
    const { id, file: said, title } = entry
    const written = typeof said === 'string' ? { [first]: said } : said
    const chosen = [language, ...languages].find((each) => Object.hasOwn(written, each)) ?? first
    const file = written[chosen] ?? ''
    const key = `${index}/${chosen}`
    const known = read.get(key)
    if (known !== undefined) return known
    const step = readStep(source, files, { id, title, file, language: chosen, hosts }, [
      'instructions',
      index,
      'file',
      ...(typeof said === 'string' ? [] : [chosen]),
    ])
    problems.push(...step.problems)
    read.set(key, step.step)
    return step.step
  }
  const guides = languages.map((language) => ({
    language,
    steps: manifest.instructions.flatMap((_, index) => stepOf(index, language) ?? []),
  }))
  return { guides, problems }
}

type Wanted = { id: string; title: string | undefined; file: string; language: string; hosts: readonly string[] }

function readStep(
  source: YamlSource,
  files: LabFiles,
  { id, title, file, language, hosts }: Wanted,
  at: (string | number)[],
): { step: LabStep | null; problems: Problem[] } {
  const markdown = textOf(files, file)
  if (markdown === null || markdown.length > MOST_CHARACTERS) {
    const message = markdown === null ? `There is no text file "${file}" in the lab’s folder.` : `"${file}" is too long for one step.`
    return { step: null, problems: [source.problemAt(at, message)] }
  }
  const picture = picturesFor(files, file)
  try {
    const inspected = inspectGuide(markdown, hosts, picture)
    return {
      step: { id, title: title ?? inspected.heading ?? id, language, html: renderGuide(markdown, id, picture) },
      problems: inspected.problems.map((problem) => ({ file, ...problem })),
    }
  } catch {
    // Thousands of lists in each other use up the stack of the Markdown parser.
    return { step: null, problems: [{ file, line: null, column: null, message: 'This file cannot be shown: it is nested too deeply.' }] }
  }
}
