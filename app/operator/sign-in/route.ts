import { answerSignIn, answerSignInLink } from '#lib/launches/answer-window.ts'

export const GET = (request: Request) => answerSignInLink(request)
export const POST = (request: Request) => answerSignIn(request)
