/** Why something that was asked for was not done. */
export function Refusal({ sentence }: { sentence: string | null }) {
  if (sentence === null) return null
  return (
    <p role="alert" className="mb-4 rounded-md bg-bad-soft px-3 py-2.5">
      {sentence}
    </p>
  )
}
