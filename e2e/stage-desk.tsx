import '@fontsource-variable/inter/wght.css'
import '@fontsource-variable/jetbrains-mono/wght.css'
import { createRoot } from 'react-dom/client'
import { Desk } from '#components/desk/desk.tsx'
import { TerminalsProvider } from '#components/desk/terminals.tsx'
import { Words } from '#components/messages/words.tsx'
import { useLiking, useThemeOf } from '#components/terminal/settings.ts'
import { TerminalPane } from '#components/terminal/terminal-pane.tsx'

/*
 * The desk with real terminals, and nothing of the page around it: `stage-gateway.ts` is behind it.
 */

const hosts = ['node1', 'node2'].map((name) => ({ name, label: name }))
/** As the gateway's fixture knows them. */
const about = { launchId: '01990000-0000-7000-8000-000000000001', environmentId: '01990000-0000-7000-8000-0000000000e1' }

function Shown() {
  const liking = useLiking()
  const theme = useThemeOf(liking.theme)
  return (
    <main id="machines" className="page-frame">
      <Desk
        labId="stage"
        hosts={hosts}
        generation={1}
        reachable
        covered={false}
        head={null}
        full={null}
        pane={({ host, tab, generation, reachable, visible }) => (
          <TerminalPane {...about} {...liking} {...{ tab, generation, reachable, visible, theme }} host={host.name} label={host.label} />
        )}
      />
    </main>
  )
}

document.title = 'Terminals'
const root = document.getElementById('root')
if (root) {
  createRoot(root).render(
    <Words locale="en">
      <TerminalsProvider>
        <Shown />
      </TerminalsProvider>
    </Words>,
  )
}
