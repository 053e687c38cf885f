import { isEmpty, type Json, pythonEqual, pythonType } from '../json.ts'
import { Complaint, type FunctionKind, type FunctionTable, isUnknown, unknownYet } from './call.ts'

const equals: FunctionKind = {
  about: 'Whether two values are the same.',
  form(args, name) {
    if (!Array.isArray(args) || args.length !== 2) throw new Complaint(`Arguments to "${name}" must be of the form: [value_1, value_2]`)
  },
  compute(args, run) {
    const [one = null, other = null] = Array.isArray(args) ? args : []
    return pythonEqual(run.of(one), run.of(other))
  },
}

const not: FunctionKind = {
  about: 'The opposite of a condition.',
  form(args, name) {
    if (args === null) throw new Complaint(`Argument to "${name}" must be a condition`)
  },
  compute: (args, run) => !run.truth(args),
}

function several(about: string, decide: (truths: boolean[]) => boolean): FunctionKind {
  return {
    about,
    form(args, name) {
      if (!Array.isArray(args)) throw new Complaint(`Arguments to "${name}" must be a list of conditions`)
      if (args.length < 2) throw new Complaint(`The minimum number of condition arguments to "${name}" is 2.`)
    },
    compute: (args, run) => decide((Array.isArray(args) ? args : []).map((condition) => run.truth(condition))),
  }
}

export const contains: FunctionKind = {
  about: 'Whether a value is in a list, or a text in another.',
  form(args, name) {
    if (!Array.isArray(args) || args.length === 0) {
      throw new Complaint(`Incorrect arguments to "${name}" should be: "${name}" : [ "value1", [ "value1", "value2"]]`)
    }
    if (args.length !== 2) throw new Complaint(`Arguments to "${name}" must be of the form: [value1, [value1, value2]]`)
  },
  compute(args, run, name) {
    const [value = null, list = null] = Array.isArray(args) ? args.map((each) => run.of(each)) : []
    if (typeof list === 'string' && list !== unknownYet) {
      if (typeof value === 'string') return list.includes(value)
      throw new Complaint(`'in <string>' requires string as left operand, not ${pythonType(value)}`)
    }
    if (!Array.isArray(list)) throw new Complaint(`Second argument to "${name}" should be a sequence.`)
    return isUnknown(list) || isUnknown(value) ? unknownYet : list.some((item) => pythonEqual(item, value))
  },
}

export const conditionFunctions: FunctionTable = {
  equals,
  not,
  and: several('Whether all of two or more conditions are true.', (truths) => truths.every(Boolean)),
  or: several('Whether any of two or more conditions is true.', (truths) => truths.some(Boolean)),
}

/** `short`: the second branch may be left out, which then removes what the call stands for (since 2021-04-16). */
function ifKind(short: boolean): FunctionKind {
  const choose: FunctionKind['choose'] = (args, run) => {
    const [condition = null, yes, no] = Array.isArray(args) ? args : []
    return run.truth(condition) ? yes : no
  }
  return {
    about: 'One of two values, chosen by a condition.',
    form(args, name) {
      if (Array.isArray(args) && !isEmpty(args) && (args.length === 3 || (short && args.length === 2))) return
      throw new Complaint(`Arguments to "${name}" must be of the form: [condition_name, value_if_true, value_if_false]`)
    },
    choose,
    compute(args, run, name) {
      const chosen = choose(args, run, name)
      return chosen === undefined ? undefined : run.resolve(chosen)
    },
  }
}

export const ifElse = ifKind(false)
export const ifNullable = ifKind(true)

/** heat/engine/function.py, Invalid: in a condition this function means nothing. */
export const misplaced: FunctionKind = {
  about: 'Not for conditions.',
  form(_args, name) {
    throw new Complaint(`The function "${name}" is invalid in this context`)
  },
  compute: () => null,
}

/** heat/engine/hot/functions.py, Removed. */
export const removed: FunctionKind = {
  about: 'No longer a function in this version.',
  check(_args, _scope, name) {
    throw new Complaint(`The template version is invalid: The function ${name} is not supported in this version of HOT.`)
  },
  compute: (args: Json, _run, name) => ({ [name]: args }),
}
