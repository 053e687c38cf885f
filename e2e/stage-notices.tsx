import '@fontsource-variable/inter/wght.css'
import '@fontsource-variable/jetbrains-mono/wght.css'
import { type ReactNode, StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { EmptyPlace } from '#components/lab/empty-place.tsx'
import { Words } from '#components/messages/words.tsx'
import { ClassView } from '#components/staff/class-view.tsx'
import PageError from '../app/error.tsx'
import Forbidden from '../app/forbidden.tsx'
import NotFound from '../app/not-found.tsx'
import OperatorUnauthorized from '../app/operator/unauthorized.tsx'

/*
 * Pages that say one thing, and those around a lab, without a product behind them: `?page=` says which.
 */

const at = '2026-11-20T14:21:07Z'
const member = (id: string, name: string, phase: string | null) => {
  return { id, name, role: 'learner', you: false, phase, since: phase && at } as const
}
const members = [member('1', 'Ada', 'ready'), member('2', 'Lin', 'failed'), member('3', 'Tomás', null)] as Parameters<
  typeof ClassView
>[0]['members']

const pages: Record<string, ReactNode> = {
  error: <PageError error={Object.assign(new Error('on the stage'), { digest: '4711' })} reset={() => {}} />,
  forbidden: <Forbidden />,
  'not found': <NotFound />,
  'operator signed out': <OperatorUnauthorized />,
  'no lab, learner': <EmptyPlace launchId="stage" title="Two machines" instructor={false} labs={[]} />,
  'no lab, instructor': <EmptyPlace launchId="stage" title="Two machines" instructor labs={[{ id: '1', title: 'Two machines' }]} />,
  'no lab at all': <EmptyPlace launchId="stage" title="Two machines" instructor labs={[]} />,
  class: <ClassView launchId="stage" title="Two machines" members={members} at={at} />,
  'class, empty': <ClassView launchId="stage" title="Two machines" members={[]} at={at} />,
}

const root = document.getElementById('root')
const wanted = new URL(location.href).searchParams.get('page')
if (root) {
  createRoot(root).render(
    <StrictMode>
      <Words locale="en">{wanted === null ? JSON.stringify(Object.keys(pages)) : pages[wanted]}</Words>
    </StrictMode>,
  )
}
