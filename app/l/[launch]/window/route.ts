import { answerWindow, answerWindowRequest } from '#lib/launches/answer-window.ts'

type Context = { params: Promise<{ launch: string }> }

export const GET = async (request: Request, { params }: Context) => answerWindow(request, (await params).launch)
export const POST = async (request: Request, { params }: Context) => answerWindowRequest(request, (await params).launch)
