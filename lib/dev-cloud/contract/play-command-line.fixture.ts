import { type Line, transcriptOf } from './command-line.fixture.ts'
import { commandFiles, entrySteps, lifeSteps, quotaSteps, refusedSteps } from './command-line.steps.ts'
import type { Partner } from './partner.fixture.ts'
import { openPoor } from './poor.fixture.ts'

/** What is typed against a cloud, part by part, and what is answered. */
export type Transcript = Record<'entry' | 'refused' | 'life' | 'quota', Line[]>

export async function playCommandLine(partner: Partner): Promise<Transcript> {
  const entry = await transcriptOf(partner, entrySteps, {})
  const refused = await transcriptOf(partner, refusedSteps(partner.authUrl, partner.user, partner.project.name), {})
  const life = await transcriptOf(partner, lifeSteps, commandFiles)
  const poor = await openPoor(partner)
  try {
    return { entry, refused, life, quota: await transcriptOf(poor, quotaSteps, commandFiles) }
  } finally {
    await poor.close()
  }
}
