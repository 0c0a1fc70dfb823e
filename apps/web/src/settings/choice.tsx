import { type Preference, usePreference } from "./preference.ts"

interface ChoiceProps<Value extends string> {
  readonly legend: string
  readonly preference: Preference<Value>
  readonly names: Readonly<Record<Value, string>>
  /** A sentence on what it does, where that does not go without saying. */
  readonly note?: string
}

/** A setting with a few values, all in sight. */
export function Choice<Value extends string>({ legend, preference, names, note }: ChoiceProps<Value>) {
  const [value, set] = usePreference(preference)
  return (
    <fieldset className="setting">
      <legend>{legend}</legend>
      <div className="setting-values">
        {preference.values.map((one) => (
          <label key={one} className="setting-value">
            <input type="radio" name={preference.key} checked={value === one} onChange={() => set(one)} />
            <span>{names[one]}</span>
          </label>
        ))}
      </div>
      {note !== undefined && <p className="quiet">{note}</p>}
    </fieldset>
  )
}
