import { words } from '#components/messages/server-words.ts'
import { Words } from '#components/messages/words.tsx'
import { LiveClass } from '#components/staff/live-class.tsx'
import { courseRoster } from '#lib/environments/store.ts'
import { labVersion } from '#lib/labs/store.ts'
import { placeOf } from '#lib/launches/place.ts'
import { launchActor, orRefuse } from '../../../guard.ts'

type Props = { params: Promise<{ launch: string }> }

/** For instructors: who in the course has machines, and in what state. */
export default async function ClassPage({ params }: Props) {
  const actor = await launchActor((await params).launch)
  const [roster, place] = await orRefuse(() => Promise.all([courseRoster(actor), placeOf(actor)]))
  const { locale, t } = words(actor.locale)
  const lab = place.labVersionId === null ? null : (await labVersion(place.labVersionId)).lab
  const members = roster.map(({ userId, name, role, environment }) => ({
    id: userId,
    name,
    role,
    you: userId === actor.userId,
    phase: environment?.phase ?? null,
    since: environment?.since ?? null,
  }))
  return (
    <Words locale={locale}>
      <LiveClass
        launchId={actor.launchId}
        title={lab?.title ?? place.title ?? t('product')}
        members={members}
        at={new Date().toISOString()}
      />
    </Words>
  )
}
