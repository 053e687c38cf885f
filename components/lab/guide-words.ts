import { words } from '../messages/server-words.ts'
import type { GuideWords } from './guide-step.ts'

/** The words that complete a guide, in the page's language. `launchId` and `version`: whose files its pictures are. */
export function guideWords(locale: string | null, { launchId, version }: { launchId: string; version: string }): GuideWords {
  const { t } = words(locale)
  return {
    files: `/l/${launchId}/files`,
    version,
    kinds: {
      note: t('guide.note'),
      tip: t('guide.tip'),
      important: t('guide.important'),
      warning: t('guide.warning'),
      caution: t('guide.caution'),
    },
    table: t('guide.table'),
    done: t('guide.done'),
    open: t('guide.open'),
    linkTo: (heading) => t('guide.linkTo', { heading }),
  }
}

/** A language's own name for itself, as whoever looks for it knows it. */
export function languageName(language: string): string {
  return new Intl.DisplayNames([language], { type: 'language', fallback: 'code' }).of(language) ?? language
}
