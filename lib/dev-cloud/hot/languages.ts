import type { FunctionTable, Language } from './call.ts'
import { awsFunctions, select } from './functions-aws.ts'
import { conditionFunctions, contains, ifElse, ifNullable, misplaced, removed } from './functions-conditions.ts'
import { dataFunctions, repeat, repeatMaps, repeatPairs, yaql } from './functions-data.ts'
import { getAttribute, getAttributes, referenceFunctions } from './functions-references.ts'
import { join, joinMany, replace, replaceJson, replaceStrict, replaceVeryStrict, textFunctions } from './functions-text.ts'
import { makeUrl } from './functions-url.ts'

/** heat/engine/hot/template.py of Heat 19 (Zed); the release names are aliases. */
export const templateVersions = {
  '2013-05-23': undefined,
  '2014-10-16': undefined,
  '2015-04-30': undefined,
  '2015-10-15': undefined,
  '2016-04-08': undefined,
  '2016-10-14': 'newton',
  '2017-02-24': 'ocata',
  '2017-09-01': 'pike',
  '2018-03-02': 'queens',
  '2018-08-31': 'rocky',
  '2021-04-16': 'wallaby',
} as const
export type Version = keyof typeof templateVersions

const dates = Object.keys(templateVersions) as Version[]
/** All that a template may say. */
export const versionWords: string[] = [...dates, ...Object.values(templateVersions).filter((name) => name !== undefined)]

const isSince = (version: Version, date: Version) => version >= date

function functionsOf(version: Version): FunctionTable {
  const since = (date: Version) => isSince(version, date)
  const table: FunctionTable = { ...referenceFunctions }
  table.get_attr = since('2015-10-15') ? getAttributes : getAttribute
  table.list_join = since('2015-10-15') ? joinMany : join
  table.str_replace = since('2015-10-15') ? replaceJson : replace
  if (since('2015-04-30')) Object.assign(table, { digest: textFunctions.digest, repeat })
  if (since('2015-10-15')) Object.assign(table, { str_split: textFunctions.str_split })
  if (since('2016-04-08')) Object.assign(table, { map_merge: dataFunctions.map_merge })
  if (since('2016-10-14')) Object.assign(table, { yaql, map_replace: dataFunctions.map_replace, if: ifElse, repeat: repeatMaps })
  if (since('2017-02-24')) Object.assign(table, { filter: dataFunctions.filter, str_replace_strict: replaceStrict })
  if (since('2017-09-01')) {
    const { list_concat, list_concat_unique } = dataFunctions
    const added = {
      make_url: makeUrl,
      list_concat,
      list_concat_unique,
      str_replace_vstrict: replaceVeryStrict,
      contains,
      repeat: repeatPairs,
    }
    Object.assign(table, added)
  }
  if (since('2021-04-16')) table.if = ifNullable
  return { ...table, ...awsOf(version) }
}

/** The older language's functions went with the second version, `Fn::Select` two versions later. */
function awsOf(version: Version): FunctionTable {
  if (!isSince(version, '2014-10-16')) return awsFunctions
  const gone = Object.fromEntries(Object.keys(awsFunctions).map((name) => [name, removed]))
  return isSince(version, '2015-10-15') ? gone : { ...gone, 'Fn::Select': select }
}

function conditionsOf(version: Version, functions: FunctionTable): FunctionTable {
  if (!isSince(version, '2016-10-14')) return {}
  const known: FunctionTable = { ...conditionFunctions, ...pick(functions, ['get_param']) }
  if (isSince(version, '2017-09-01')) Object.assign(known, { yaql, contains })
  const others = Object.entries(functions).map(([name, kind]) => [name, kind === removed ? removed : misplaced] as const)
  return { ...Object.fromEntries(others), ...known }
}

function pick(table: FunctionTable, names: string[]): FunctionTable {
  return Object.fromEntries(Object.entries(table).filter(([name]) => names.includes(name)))
}

function languageOf(version: Version): Language {
  const hasConditions = isSince(version, '2016-10-14')
  const functions = functionsOf(version)
  return {
    version,
    functions,
    conditions: conditionsOf(version, functions),
    sections: [
      'heat_template_version',
      'description',
      'parameter_groups',
      'parameters',
      'resources',
      'outputs',
      ...(hasConditions ? ['conditions'] : []),
    ],
    resourceKeys: [
      'type',
      'properties',
      'metadata',
      'depends_on',
      'deletion_policy',
      'update_policy',
      'description',
      ...(hasConditions ? ['external_id', 'condition'] : []),
    ],
    outputKeys: ['description', 'value', ...(hasConditions ? ['condition'] : [])],
    deletionPolicies: ['Delete', 'Retain', 'Snapshot', ...(hasConditions ? ['delete', 'retain', 'snapshot'] : [])],
    parameterKeys: [
      'type',
      'description',
      'default',
      'schema',
      'constraints',
      'hidden',
      'label',
      'immutable',
      ...(isSince(version, '2018-03-02') ? ['tags'] : []),
    ],
    constraints: [
      ...(isSince(version, '2017-02-24') ? ['modulo'] : []),
      'range',
      'length',
      'allowed_values',
      'allowed_pattern',
      'custom_constraint',
    ],
  }
}

const languages = new Map(dates.map((date) => [date as string, languageOf(date)]))

const mode = { isLenient: false }

/** Whether every version has every function from now on, in this process (`DEV_CLOUD_LENIENT=1`). Heat's own versions differ. */
export function speakLeniently(isLenient: boolean): void {
  mode.isLenient = isLenient
}

/** The language of a version's date or release name, undefined where Heat has none. */
export function languageNamed(word: string): Language | undefined {
  const date = dates.find((each) => each === word || templateVersions[each] === word)
  const own = date && languages.get(date)
  return own && mode.isLenient ? lenient(own) : own
}

/** The newest: what a template without a version of its own is read as. */
export const newest: Language = languageOf('2021-04-16')

/**
 * The same language with every function of every version; where two versions differ in what a name means, its own
 * counts. It also takes every section and key.
 */
function lenient(language: Language): Language {
  const own = (table: FunctionTable) =>
    Object.fromEntries(Object.entries(table).filter(([, kind]) => kind !== removed && kind !== misplaced))
  const functions = { ...awsFunctions, ...own(newest.functions), ...own(language.functions), if: ifNullable }
  const conditions = { ...newest.conditions, ...own(language.conditions) }
  return { ...newest, version: language.version, functions, conditions, takesOldTypes: true }
}
