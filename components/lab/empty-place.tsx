'use client'

import { type FormEvent, useState } from 'react'
import { useTranslations } from 'use-intl/react'
import { Button } from '../ui/button.tsx'
import { Callout } from '../ui/callout.tsx'
import { postJson } from '../ui/post-json.ts'
import { Stage, StageTitle } from './stage.tsx'
import { TopBar } from './top-bar.tsx'

/** A lab that an instructor can choose. `id` is what `POST /l/<launch>/lab` takes. */
export type LabChoice = { id: string; title: string }

type Props = { launchId: string; title: string; instructor: boolean; labs: LabChoice[] }

/** A place in a course where no lab was chosen yet: a learner is told, an instructor chooses. */
export function EmptyPlace({ launchId, title, instructor, labs }: Props) {
  const t = useTranslations('place')
  const say = useTranslations('phase')
  return (
    <div className="page-frame">
      <title>{title}</title>
      <TopBar title={title} status="noLab" word={say('noLab')} launchId={launchId} instructor={instructor} />
      <main className="min-h-0 flex-1">
        <Stage>
          <StageTitle title={t('title')}>{instructor ? t(labs.length > 0 ? 'choose' : 'none') : t('learner')}</StageTitle>
          {instructor && labs.length > 0 && <Choose launchId={launchId} labs={labs} />}
        </Stage>
      </main>
    </div>
  )
}

function Choose({ launchId, labs }: { launchId: string; labs: LabChoice[] }) {
  const t = useTranslations('place')
  const say = useTranslations('connection')
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<string | null>(null)
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    if (busy) return
    const lab = new FormData(event.currentTarget).get('lab')
    setBusy(true)
    setFailure(null)
    const answer = await postJson(`/l/${launchId}/lab`, { lab })
    if (answer.ok) return window.location.reload()
    setBusy(false)
    setFailure(say('failed', { sentence: answer.sentence ?? say('network') }))
  }
  return (
    <form onSubmit={submit} className="mt-5 max-w-[34rem]">
      <fieldset>
        <legend className="sr-only">{t('legend')}</legend>
        {labs.map((lab, index) => (
          <label key={lab.id} className="flex min-h-11 items-center gap-3 border-b border-line font-medium">
            <input type="radio" name="lab" value={lab.id} defaultChecked={index === 0} className="size-4 accent-accent" />
            {lab.title}
          </label>
        ))}
      </fieldset>
      <div role="alert">
        {failure && (
          <Callout tone="bad" className="mt-4">
            {failure}
          </Callout>
        )}
      </div>
      <Button look="primary" type="submit" className="mt-5" aria-disabled={busy}>
        {busy ? t('busy') : t('submit')}
      </Button>
    </form>
  )
}
