import { answerLaunch } from '#lib/launches/answer.ts'

/** The one redirect URI: authentication responses by form post (Security Framework 5.1.1.3). Any other method is a 405. */
export const POST = (request: Request) => answerLaunch(request)
