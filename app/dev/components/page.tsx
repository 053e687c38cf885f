import { notFound } from 'next/navigation'
import { connection } from 'next/server'
import { config } from '#lib/config.ts'
import { Gallery } from './gallery.tsx'

/** The design system, for those who build with it: in the demo only. */
export default async function ComponentsPage() {
  await connection()
  if (!config().demo) notFound()
  return <Gallery />
}
