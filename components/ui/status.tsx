import { clsx } from 'clsx'
import {
  AlarmClock,
  Archive,
  CircleCheck,
  CircleDashed,
  CircleX,
  Hourglass,
  LoaderCircle,
  type LucideIcon,
  Moon,
  Sunrise,
  Trash2,
  Unlink,
  WifiOff,
} from 'lucide-react'
import type { ReactNode } from 'react'
import type { Phase } from '#lib/environments/phase.ts'

/** What the status line can say: a phase or more exactly where in it, or that there is none, or that this page does not hear from us. */
export type StatusWord = Phase | 'warned' | 'wakeFailed' | 'none' | 'noLab' | 'noMachines' | 'reconnecting'

const looks = {
  queued: { icon: Hourglass, mark: 'text-ink-3', turns: false },
  building: { icon: LoaderCircle, mark: 'text-busy', turns: true },
  starting: { icon: LoaderCircle, mark: 'text-busy', turns: true },
  ready: { icon: CircleCheck, mark: 'text-ok', turns: false },
  warned: { icon: AlarmClock, mark: 'text-warn', turns: false },
  suspending: { icon: Moon, mark: 'text-rest', turns: false },
  suspended: { icon: Moon, mark: 'text-rest', turns: false },
  resuming: { icon: Sunrise, mark: 'text-busy', turns: false },
  deleting: { icon: Trash2, mark: 'text-ink-3', turns: false },
  deleted: { icon: Archive, mark: 'text-ink-3', turns: false },
  lost: { icon: Unlink, mark: 'text-bad', turns: false },
  failed: { icon: CircleX, mark: 'text-bad', turns: false },
  wakeFailed: { icon: CircleX, mark: 'text-bad', turns: false },
  none: { icon: CircleDashed, mark: 'text-ink-3', turns: false },
  noLab: { icon: CircleDashed, mark: 'text-ink-3', turns: false },
  noMachines: { icon: CircleDashed, mark: 'text-ink-3', turns: false },
  reconnecting: { icon: WifiOff, mark: 'text-warn', turns: false },
} as const satisfies Record<StatusWord, { icon: LucideIcon; mark: string; turns: boolean }>

/** Icon and word together, always; colour comes on top. */
export function Status({ of, word, className }: { of: StatusWord; word: ReactNode; className?: string }) {
  const { icon: Icon, mark, turns } = looks[of]
  return (
    <span className={clsx('inline-flex items-center gap-1.5 font-medium whitespace-nowrap tabular-nums', className)}>
      <Icon className={clsx('size-4 flex-none', mark, turns && 'turning')} strokeWidth={1.75} aria-hidden="true" />
      <span>{word}</span>
    </span>
  )
}
