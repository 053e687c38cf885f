import { EmptyPlace } from '#components/lab/empty-place.tsx'
import { guideStep } from '#components/lab/guide-step.ts'
import { guideWords, languageName } from '#components/lab/guide-words.ts'
import { LiveLab } from '#components/lab/live-lab.tsx'
import { words } from '#components/messages/server-words.ts'
import { Words } from '#components/messages/words.tsx'
import type { LaunchActor } from '#lib/access/actor.ts'
import { config } from '#lib/config.ts'
import { environmentOf } from '#lib/environments/view.ts'
import { guidesFor } from '#lib/labs/read-guides.ts'
import { labVersion, listLabs } from '#lib/labs/store.ts'
import { placeOf } from '#lib/launches/place.ts'
import { preloadFont } from '../../fonts.ts'
import { launchActor, orRefuse } from '../../guard.ts'

type Props = { params: Promise<{ launch: string }> }

/** The lab: guide, machines, or where they are on their way. */
export default async function LabPage({ params }: Props) {
  const actor = await launchActor((await params).launch)
  const [place, view] = await orRefuse(() => Promise.all([placeOf(actor), environmentOf(actor)]))
  const { locale } = words(actor.locale)
  if (place.labVersionId === null) return <Words locale={locale}>{await emptyPlace(actor, place.title)}</Words>
  preloadFont('code')
  const { lab, labId, revision } = await labVersion(place.labVersionId)
  const completing = guideWords(actor.locale, { launchId: actor.launchId, version: revision })
  const guides = guidesFor(lab.guides, actor.locale).map(({ language, steps }) => ({
    language,
    name: languageName(language),
    steps: steps.map((step) => guideStep(step, completing)),
  }))
  return (
    <Words locale={locale}>
      <LiveLab
        launchId={actor.launchId}
        labId={labId}
        title={lab.title}
        guides={guides}
        instructor={actor.role === 'instructor'}
        initial={view}
        hosts={lab.hosts.map(({ id: name, label }) => ({ name, label }))}
        noMachines={config().noMachines}
        serverNow={new Date().toISOString()}
      />
    </Words>
  )
}

async function emptyPlace(actor: LaunchActor, title: string | null) {
  const instructor = actor.role === 'instructor'
  const labs = instructor ? await listLabs() : []
  return (
    <EmptyPlace
      launchId={actor.launchId}
      title={title ?? words(actor.locale).t('product')}
      instructor={instructor}
      labs={labs.map(({ labId, title: name }) => ({ id: labId, title: name }))}
    />
  )
}
