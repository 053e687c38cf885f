import type { ComponentProps, ReactNode } from 'react'

const box = 'h-(--size-control-md) w-full rounded-sm border border-line-strong bg-raised px-2.5 pointer-coarse:text-base'

/** A label above what it names. */
export function Field({ label, id, children }: { label: string; id: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <label htmlFor={id} className="mb-1 block text-xs font-medium text-ink-3">
        {label}
      </label>
      {children}
    </div>
  )
}

export function TextBox(props: ComponentProps<'input'>) {
  return <input autoComplete="off" {...props} className={box} />
}

export function SelectBox(props: ComponentProps<'select'>) {
  return <select {...props} className={box} />
}

/** What is asked for again with a form although nobody changes it there. */
export function HiddenFields({ fields }: { fields: readonly (readonly [string, string])[] }) {
  return fields.map(([name, value]) => <input key={`${name} ${value}`} type="hidden" name={name} value={value} />)
}
