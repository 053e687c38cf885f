import { declarationCases } from './declaration.cases.ts'
import { environmentCases } from './environment.cases.ts'
import { languageCases } from './language.cases.ts'
import type { TemplateCase } from './template-case.ts'
import { typeCases } from './types.cases.ts'

/** Every template that clouds are asked about. */
export const templateCases: TemplateCase[] = [...languageCases, ...declarationCases, ...environmentCases, ...typeCases]
