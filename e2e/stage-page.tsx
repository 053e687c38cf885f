import '@fontsource-variable/inter/wght.css'
import '@fontsource-variable/jetbrains-mono/wght.css'
import { StrictMode, useEffect, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import { createRoot } from 'react-dom/client'
import type { PaneFacts } from '#components/desk/desk.tsx'
import { useTerminals } from '#components/desk/terminals.tsx'
import { guideStep } from '#components/lab/guide-step.ts'
import { guideWords } from '#components/lab/guide-words.ts'
import { LabView } from '#components/lab/lab-view.tsx'
import { Words } from '#components/messages/words.tsx'
import type { EnvironmentView, HostView } from '#lib/environments/phase.ts'
import type { Stage, StageProps } from './stage.ts'

/*
 * The lab page as a browser shows it, with terminals that are only text fields: what it is told comes from the test.
 */

const hosts: HostView[] = [
  { name: 'node1', label: 'node1' },
  { name: 'node2', label: 'node2' },
]

const guide: { id: string; title: string; html: string }[] = [
  {
    id: 'meet',
    title: 'Two machines',
    html: `<h2>Two machines</h2><p>You get two machines of your own: <code>node1</code> and <code>node2</code>, on a network that nobody
      else can see. Break what you like.</p><p>Say hello to the first:</p>
      <pre data-command data-host="node1"><code>ping -c 3 node2</code></pre><p>Then look at who answers.</p>`,
  },
  { id: 'ssh', title: 'From one to the other', html: '<h2>From one to the other</h2><p>The key is there already.</p>' },
]

const completing = guideWords('en', { launchId: 'stage', version: '1' })
const guides = [{ language: 'en', name: 'English', steps: guide.map((step) => guideStep({ ...step, language: 'en' }, completing)) }]

const screen = `ada@node1:~$ ping -c 3 node2
PING node2 (10.20.0.12) 56(84) bytes of data.
64 bytes from node2 (10.20.0.12): icmp_seq=1 ttl=64 time=0.061 ms
64 bytes from node2 (10.20.0.12): icmp_seq=2 ttl=64 time=0.048 ms
64 bytes from node2 (10.20.0.12): icmp_seq=3 ttl=64 time=0.051 ms

--- node2 ping statistics ---
3 packets transmitted, 3 received, 0% packet loss, time 2047ms
ada@node1:~$ `

/** In place of a terminal: what is run in it stands at its end. */
function Field({ host, tab, reachable, visible }: PaneFacts) {
  const terminals = useTerminals()
  const field = useRef<HTMLTextAreaElement>(null)
  useEffect(
    () =>
      terminals.register(`${host.name}/${tab}`, {
        search: () => field.current?.select(),
        run(text) {
          if (field.current) field.current.value += `${text}\n`
          return true
        },
      }),
    [terminals, host.name, tab],
  )
  return (
    <div className="h-full p-3" data-reachable={reachable} data-visible={visible}>
      <textarea
        ref={field}
        aria-label={tab === '1' ? `Terminal on ${host.label}` : `Terminal ${tab} on ${host.label}`}
        className="size-full resize-none bg-term-bg font-mono text-term text-term-fg outline-none"
        defaultValue={screen.replaceAll('node1:', `${host.name}:`)}
      />
    </div>
  )
}

function Shown({ stage }: { stage: Stage }) {
  const [props, setProps] = useState<StageProps>({ view: null })
  // Whoever tells the page something looks at it next.
  stage.show = (more) => flushSync(() => setProps((before) => ({ ...before, ...more })))
  return (
    <LabView
      launchId="stage"
      labId="two-machines"
      title="Two machines"
      guides={props.guides ?? guides}
      ahead={hosts}
      instructor={props.instructor ?? false}
      view={props.view as EnvironmentView | null}
      noMachines={props.noMachines ?? null}
      clock={{ madeAt: stage.madeAt, skewMs: props.skewMs ?? null }}
      lostAt={props.lostAt ?? null}
      signedOut={props.signedOut ?? false}
      here={() => stage.heres.push(performance.now())}
      pane={(facts) => <Field {...facts} />}
    />
  )
}

const stage: Stage = { madeAt: new Date().toISOString(), heres: [], show: () => {} }
Object.assign(window, { stage })
const root = document.getElementById('root')
if (root) {
  createRoot(root).render(
    <StrictMode>
      <Words locale="en">
        <Shown stage={stage} />
      </Words>
    </StrictMode>,
  )
}
