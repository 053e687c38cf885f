import { answerLogin } from '#lib/launches/answer.ts'

/** Third-party login initiation (Security Framework 5.1.1.1): platforms use either method. */
export const GET = (request: Request) => answerLogin(request)
export const POST = (request: Request) => answerLogin(request)
