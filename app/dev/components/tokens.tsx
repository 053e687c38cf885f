import { Line } from './specimen.tsx'

const grounds = ['canvas', 'surface', 'raised', 'sunken', 'hover', 'line', 'line-strong']
const signs = ['accent', 'brass', 'ok', 'busy', 'warn', 'bad', 'rest']
const sizes = ['2xs', 'xs', 'sm', 'base', 'guide', 'lg', 'xl', '2xl', '3xl']

/** Every colour by its name; `light-dark()` picks the side. */
export function Colours() {
  return (
    <>
      <Line label="Grounds and lines">
        {grounds.map((name) => (
          <Swatch key={name} name={name} />
        ))}
      </Line>
      <Line label="Text">
        <span>ink</span>
        <span className="text-ink-2">ink-2</span>
        <span className="text-ink-3">ink-3</span>
        <span className="text-accent-text">accent-text</span>
        <span className="text-brass-text">brass-text</span>
      </Line>
      <Line label="Signs: solid for marks, text for words, soft for grounds">
        {signs.map((name) => (
          <span
            key={name}
            className="inline-flex items-center gap-1.5 rounded-sm px-2 py-1 text-xs"
            style={{ background: `var(--color-${name}-soft)`, color: `var(--color-${name}-text)` }}
          >
            <span className="size-2.5 rounded-full" style={{ background: `var(--color-${name})` }} />
            {name}
          </span>
        ))}
      </Line>
    </>
  )
}

function Swatch({ name }: { name: string }) {
  return (
    <span className="inline-flex items-center gap-1.5 text-xs text-ink-2">
      <span
        className="size-6 rounded-sm shadow-[inset_0_0_0_1px_var(--color-line-strong)]"
        style={{ background: `var(--color-${name})` }}
      />
      {name}
    </span>
  )
}

/** The sizes of type: 13 px for the interface, 15 for the guide. */
export function Type() {
  return (
    <ul className="flex flex-col gap-1">
      {sizes.map((size) => (
        <li key={size} className="flex min-w-0 items-baseline gap-3">
          <code className="w-12 flex-none text-2xs text-ink-3">{size}</code>
          <span className="min-w-0 truncate" style={{ fontSize: `var(--text-${size})`, lineHeight: `var(--text-${size}--line-height)` }}>
            Turned until it agrees with the sky
          </span>
        </li>
      ))}
      <li className="flex min-w-0 items-baseline gap-3">
        <code className="w-12 flex-none text-2xs text-ink-3">mono</code>
        <code className="min-w-0 truncate text-term">ping -c 3 node2 # 0O 1lI</code>
      </li>
    </ul>
  )
}
