import { Mark } from '#components/ui/mark.tsx'
import { AtTerminal } from './at-terminal.tsx'
import { Pressed, Read } from './pieces.tsx'
import { Specimen } from './specimen.tsx'
import { Colours, Type } from './tokens.tsx'

const chapters = [
  { id: 'ground', title: 'Ground', about: 'What everything is made of.' },
  { id: 'read', title: 'Read', about: 'What tells people something.' },
  { id: 'pressed', title: 'Pressed', about: 'What people act with.' },
  { id: 'terminal', title: 'At the terminal', about: 'What stands around a shell. It never lies on its text.' },
] as const

/** Every part in every state, by day and by night. Written for those who build; it is not translated. */
export function Gallery() {
  const parts = {
    ground: (
      <>
        <Specimen
          name="Colours"
          file="app/tokens.css"
          about="Brass marks where one is, verdigris what can be acted on, the rest is status. A colour is never the only sign."
          keys={null}
        >
          <Colours />
        </Specimen>
        <Specimen name="Type" file="app/tokens.css" about="Inter for what is said, JetBrains Mono for what is typed." keys={null}>
          <Type />
        </Specimen>
      </>
    ),
    read: <Read />,
    pressed: <Pressed />,
    terminal: <AtTerminal />,
  }
  return (
    <main className="page-frame scroller">
      <title>Components · Astrolabe</title>
      <div className="mx-auto w-full max-w-[76rem] px-4 py-10 sm:px-8">
        <Mark className="size-8" />
        <h1 className="mt-4 text-3xl font-semibold tracking-tight">Components</h1>
        <p className="mt-2 max-w-[42rem] text-base text-pretty text-ink-2">
          The parts the pages are built from, each in all its states, on paper and at night. Lines before boxes; colour is the third sign,
          after the word and the icon; whatever has a key can be done by key.
        </p>
        <nav aria-label="Chapters" className="mt-5 flex flex-wrap gap-x-5 gap-y-1">
          {chapters.map(({ id, title }) => (
            <a key={id} href={`#${id}`} className="font-medium text-accent-text underline underline-offset-3">
              {title}
            </a>
          ))}
        </nav>
        {chapters.map(({ id, title, about }) => (
          <section key={id} id={id} aria-labelledby={`${id}-title`} className="mt-12 scroll-mt-4">
            <h2 id={`${id}-title`} className="text-2xl font-semibold tracking-tight">
              {title}
            </h2>
            <p className="mt-1 mb-6 text-base text-ink-2">{about}</p>
            {parts[id]}
          </section>
        ))}
      </div>
    </main>
  )
}
