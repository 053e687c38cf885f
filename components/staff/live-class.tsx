'use client'

import { useRouter } from 'next/navigation'
import { useRoster } from '../live/use-environment.ts'
import { type ClassProps, ClassView } from './class-view.tsx'

/** The class as it changes: a hint comes, the page is read again. */
export function LiveClass(props: ClassProps) {
  const router = useRouter()
  useRoster(props.launchId, () => router.refresh())
  return <ClassView {...props} />
}
