'use client'

import { ChevronDown, Clock, Ellipsis, Moon, RotateCcw, SquareArrowOutUpRight } from 'lucide-react'
import { useId, useRef, useState } from 'react'
import { Badge } from '#components/ui/badge.tsx'
import { Button, buttonClass } from '#components/ui/button.tsx'
import { Callout } from '#components/ui/callout.tsx'
import { ConfirmDialog } from '#components/ui/dialog.tsx'
import { Divider } from '#components/ui/divider.tsx'
import { Limb } from '#components/ui/limb.tsx'
import { LocalTime } from '#components/ui/local-time.tsx'
import { Mark } from '#components/ui/mark.tsx'
import { Menu, MenuChoice, MenuItem, MenuLine } from '#components/ui/menu.tsx'
import { ReadingDialog } from '#components/ui/reading-dialog.tsx'
import { Status, type StatusWord } from '#components/ui/status.tsx'
import { Line, Specimen, useThemeShown } from './specimen.tsx'

const icon = { className: 'size-4', strokeWidth: 1.75, 'aria-hidden': true } as const
const looks = ['plain', 'primary', 'danger', 'ghost'] as const

const words = {
  queued: 'In line',
  building: 'Starting',
  starting: 'Starting',
  ready: 'Ready',
  warned: 'Asleep in 1:54',
  suspending: 'Falling asleep',
  suspended: 'Asleep',
  resuming: 'Waking',
  reconnecting: 'Reconnecting',
  failed: 'Could not start',
  wakeFailed: 'Could not wake',
  lost: 'Missing',
  deleting: 'Being removed',
  deleted: 'Removed',
  none: 'Not started',
  noLab: 'No lab yet',
  noMachines: 'No machines',
} as const satisfies Record<StatusWord, string>

/** What people press. */
export function Pressed() {
  return (
    <>
      <Specimen
        name="Button"
        file="components/ui/button.tsx"
        about="One primary button per view; danger only for what erases. One that cannot be used now keeps its place and its focus, and says why beside it."
        keys="Tab reaches it, Enter and Space press it, also where it cannot be used now."
      >
        {(['sm', 'md', 'lg'] as const).map((size) => (
          <Line key={size} label={{ sm: 'Small', md: 'Middle', lg: 'Large' }[size]}>
            {looks.map((look) => (
              <Button key={look} look={look} size={size}>
                {{ plain: 'Try again', primary: 'Wake up', danger: 'Reset', ghost: 'Not now' }[look]}
              </Button>
            ))}
            <Button size={size} icon aria-label="Start again">
              <RotateCcw {...icon} />
            </Button>
          </Line>
        ))}
        <Line label="Cannot be used now">
          <Button look="primary" aria-disabled>
            Wake up
          </Button>
          <Button aria-disabled>30 min more</Button>
          <span className="text-ink-3">from 14:37</span>
        </Line>
        <Line label="A link that looks like one">
          <a className={buttonClass({})} href="#button">
            Open the course
          </a>
        </Line>
      </Specimen>
      <Specimen
        name="Menu"
        file="components/ui/menu.tsx"
        about="What is done seldom. Each entry says what it will bring, or why it cannot be had."
        keys="Enter, Space or Down opens; arrows, Home, End and first letters move; Enter chooses; Esc closes and the cursor returns to the button."
      >
        <MenuShown />
      </Specimen>
      <Specimen
        name="Dialogs"
        file="components/ui/dialog.tsx, components/ui/reading-dialog.tsx"
        about="One asks before something is erased and begins at the harmless answer; one holds what is longer to read. Both lie over the page in the page's own theme."
        keys="Tab stays inside; Esc closes and the cursor returns to where it was."
      >
        <DialogsShown />
      </Specimen>
      <Specimen
        name="Divider"
        file="components/ui/divider.tsx"
        about="A line between two sides that can be moved: 1 px to see, 9 px to take hold of. Where it stands is remembered per lab."
        keys="Arrows move it by 16 px, with Shift by 64; Home and End go as far as it may."
      >
        <DividersShown />
      </Specimen>
    </>
  )
}

function MenuShown() {
  const [step, setStep] = useState('1')
  const theme = useThemeShown()
  return (
    <div className="flex flex-wrap gap-2">
      <Menu
        label={`Lab, ${theme}`}
        align="start"
        trigger={
          <Button icon aria-label={`Lab menu, ${theme}`}>
            <Ellipsis {...icon} />
          </Button>
        }
      >
        <MenuItem icon={<Moon {...icon} />} hint="programs go on" onSelect={() => {}}>
          Sleep now
        </MenuItem>
        <MenuItem icon={<Clock {...icon} />} hint="from 14:37" off onSelect={() => {}}>
          30 min more
        </MenuItem>
        <MenuLine />
        <MenuItem icon={<SquareArrowOutUpRight {...icon} />} onSelect={() => {}}>
          Open in its own window
        </MenuItem>
      </Menu>
      <Menu
        label={`Steps, ${theme}`}
        align="start"
        trigger={
          <Button>
            Step {step}
            <ChevronDown {...icon} />
          </Button>
        }
      >
        <MenuChoice
          value={step}
          onChange={setStep}
          options={[
            { value: '1', label: 'Two machines' },
            { value: '2', label: 'From one to the other' },
          ]}
        />
      </Menu>
    </div>
  )
}

function DialogsShown() {
  const [open, setOpen] = useState<'confirm' | 'reading' | null>(null)
  const opener = useRef<HTMLDivElement>(null)
  const button = (which: 'confirm' | 'reading') => () => opener.current?.querySelector<HTMLElement>(`[data-opens=${which}]`) ?? null
  return (
    <div ref={opener} className="flex flex-wrap gap-2">
      <Button data-opens="confirm" onClick={() => setOpen('confirm')}>
        Ask before erasing
      </Button>
      <Button data-opens="reading" onClick={() => setOpen('reading')}>
        Something to read
      </Button>
      <ConfirmDialog
        open={open === 'confirm'}
        onOpenChange={(now) => setOpen(now ? 'confirm' : null)}
        title="Reset both machines?"
        description="Everything on node1 and node2 is erased. New ones start at once."
        returnTo={button('confirm')}
      >
        <div className="mt-5 flex flex-wrap justify-end gap-2">
          <Button data-safe onClick={() => setOpen(null)}>
            Keep them
          </Button>
          <Button look="danger" onClick={() => setOpen(null)}>
            Reset
          </Button>
        </div>
      </ConfirmDialog>
      {open === 'reading' && (
        <ReadingDialog
          title="What happened"
          description="Newest first."
          close="Close"
          onClose={() => setOpen(null)}
          returnTo={button('reading')}
        >
          {Array.from({ length: 12 }, (_, index) => (
            <p key={String(index)} className="border-b border-line py-3">
              14:{String(40 - index).padStart(2, '0')} You woke them. Both answered after {20 + index} s.
            </p>
          ))}
        </ReadingDialog>
      )}
    </div>
  )
}

function DividersShown() {
  const [share, setShare] = useState(0.4)
  const [height, setHeight] = useState(0.5)
  const box = useRef<HTMLDivElement>(null)
  const theme = useThemeShown()
  const within = (to: number) => Math.min(0.8, Math.max(0.2, to))
  return (
    <div ref={box} className="flex h-40 rounded-md bg-surface shadow-[inset_0_0_0_1px_var(--color-line)]">
      <p className="p-3 text-ink-2" style={{ width: `${share * 100}%` }}>
        Guide
      </p>
      <Divider
        label={`Divide guide and machines, ${theme}`}
        orientation="vertical"
        share={share}
        extent={() => box.current?.clientWidth ?? 0}
        onChange={(to) => setShare(within(to))}
      />
      <div className="flex min-w-0 flex-1 flex-col">
        <p className="p-3 text-ink-2" style={{ height: `${height * 100}%` }}>
          node1
        </p>
        <Divider
          label={`Divide the rows, ${theme}`}
          orientation="horizontal"
          share={height}
          extent={() => box.current?.clientHeight ?? 0}
          onChange={(to) => setHeight(within(to))}
        />
        <p className="p-3 text-ink-2">node2</p>
      </div>
    </div>
  )
}

/** What people read. */
export function Read() {
  const id = useId()
  return (
    <>
      <Specimen
        name="Status"
        file="components/ui/status.tsx"
        about="Icon and word together, always; colour comes on top. A change is announced once, with its time."
        keys={null}
      >
        <div className="grid grid-cols-[repeat(auto-fill,minmax(9.5rem,1fr))] gap-x-4 gap-y-2">
          {(Object.keys(words) as StatusWord[]).map((of) => (
            <Status key={of} of={of} word={words[of]} />
          ))}
        </div>
      </Specimen>
      <Specimen
        name="Badge"
        file="components/ui/badge.tsx"
        about="A short fact beside a name. Never the only sign of anything."
        keys={null}
      >
        <div className="flex flex-wrap gap-2">
          {(['neutral', 'ok', 'busy', 'warn', 'bad', 'rest', 'brass', 'accent'] as const).map((tone) => (
            <Badge key={tone} tone={tone}>
              {tone}
            </Badge>
          ))}
        </div>
      </Specimen>
      <Specimen
        name="Callout"
        file="components/ui/callout.tsx"
        about="What a reader should not miss, in the place where it matters: the thing, the reason, the next step."
        keys={null}
      >
        <Callout>node2 is copying its disk image. Nothing is wrong, and nothing is lost if you leave.</Callout>
        <Callout tone="brass">A key for the second machine is there already: ssh node2.</Callout>
        <Callout tone="warn">The cloud is not answering. We keep trying.</Callout>
        <Callout tone="bad">node2 could not be built. Nothing you did caused this. Try again, or tell your instructor.</Callout>
      </Specimen>
      <Specimen
        name="Limb"
        file="components/ui/limb.tsx"
        about="The graduated edge of the instrument: how far along. Once in a view at most, besides the guide's."
        keys={null}
      >
        {[0, 3, 7].map((value) => (
          <Limb key={value} label={`Parts ready, ${value} of 7, ${id}`} value={value} max={7} text={`${value} of 7 parts ready`} />
        ))}
      </Specimen>
      <Specimen
        name="Local time"
        file="components/ui/local-time.tsx"
        about="A moment in the reader's own zone; exact on hover and for machines. UTC until the browser has taken over."
        keys={null}
      >
        <p className="flex flex-wrap gap-x-6 gap-y-1">
          <LocalTime at="2026-11-20T14:21:07Z" clockOnly />
          <LocalTime at="2026-11-20T14:21:07Z" clockOnly seconds />
          <LocalTime at="2026-01-05T09:00:00Z" />
          <LocalTime at="2024-12-31T23:00:00Z" />
        </p>
      </Specimen>
      <Specimen
        name="Mark"
        file="components/ui/mark.tsx"
        about="All lines take the text's colour, only the star is brass. Not below 16 px; alone inside a course. Notice is a whole page around it."
        keys={null}
      >
        <div className="flex items-end gap-4">
          <Mark className="size-4" />
          <Mark />
          <Mark className="size-8" />
          <Mark className="size-14" />
          <a className="text-accent-text underline underline-offset-3" href="/dev/nothing-here">
            A notice
          </a>
        </div>
      </Specimen>
    </>
  )
}
