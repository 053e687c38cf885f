import { headers } from 'next/headers'
import { forbidden, notFound, unauthorized } from 'next/navigation'
import type { LaunchActor, OperatorActor } from '#lib/access/actor.ts'
import { requireLaunch, requireOperator } from '#lib/access/login-session.ts'
import { failureRow, isFailure } from '#lib/errors.ts'

/** Who is in this launch, for a page: 401 where the browser is not the launch's. */
export async function launchActor(launchId: string): Promise<LaunchActor> {
  const cookie = (await headers()).get('cookie')
  return orRefuse(() => requireLaunch(launchId, cookie))
}

/** The operator, for a page: 401 where nobody is signed in as one. */
export async function operatorActor(): Promise<OperatorActor> {
  const cookie = (await headers()).get('cookie')
  return orRefuse(() => requireOperator(cookie))
}

/** Reads what a page shows; a refusal becomes the page for its status, everything else is a fault. */
export async function orRefuse<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (!isFailure(error)) throw error
    const { http } = failureRow(error.code)
    if (http === 401) unauthorized()
    if (http === 403) forbidden()
    if (http === 404) notFound()
    throw error
  }
}
