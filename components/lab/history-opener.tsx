'use client'

import { type ComponentProps, useEffect, useState } from 'react'
import type HistoryDialog from './history-dialog.tsx'

type Props = ComponentProps<typeof HistoryDialog> & {
  /** Its code could not be fetched. */
  onFailed: () => void
}

/** Fetches the dialog when it is wanted: few look, and nobody who waits for a prompt should wait for it. */
export function HistoryOpener({ onFailed, ...props }: Props) {
  const [Dialog, setDialog] = useState<typeof HistoryDialog | null>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: fetched once
  useEffect(() => {
    let gone = false
    import('./history-dialog.tsx').then(
      (module) => gone || setDialog(() => module.default),
      () => gone || onFailed(),
    )
    return () => {
      gone = true
    }
  }, [])
  return Dialog && <Dialog {...props} />
}
