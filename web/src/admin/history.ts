import { useEffect, useState } from 'react';

/** Ten minutes of values that come every two seconds. */
const keptValues = 300;

/** What a value was each time `stamp` changed, oldest first. */
export function useHistory(value: number | undefined, stamp: number): readonly number[] {
  const [values, setValues] = useState<readonly number[]>([]);
  useEffect(() => {
    if (value !== undefined) setValues((before) => [...before, value].slice(-keptValues));
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the same value again is a value of its own
  }, [stamp]);
  return values;
}
