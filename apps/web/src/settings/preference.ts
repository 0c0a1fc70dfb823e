import { readStored, useStored, writeStored } from "../device/stored-value.ts"

/** A setting of this device with a few values; what is stored and none of them is as good as absent. */
export interface Preference<Value extends string> {
  readonly key: string
  /** All values; the first is what holds until somebody chooses. */
  readonly values: readonly [Value, ...Value[]]
}

/** The value of a setting now. */
export function readPreference<Value extends string>({ key, values }: Preference<Value>): Value {
  const stored = readStored(key)
  return values.find((value) => value === stored) ?? values[0]
}

/** Sets a value, in all tabs of this device. */
function writePreference<Value extends string>({ key, values }: Preference<Value>, value: Value): void {
  writeStored(key, value === values[0] ? null : value)
}

/** A setting as React state, following other tabs. */
export function usePreference<Value extends string>(preference: Preference<Value>): readonly [Value, (value: Value) => void] {
  useStored(preference.key)
  return [readPreference(preference), (value) => writePreference(preference, value)]
}
