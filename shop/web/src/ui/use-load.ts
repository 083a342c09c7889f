/** Loading something for a component: again when `key` changes, keeping what is shown until the next has come. */
import { useCallback, useEffect, useState } from 'preact/hooks';

export interface Loaded<T> {
  /** The last thing that came, perhaps of an earlier key. */
  value: T | undefined;
  /** Of the last try; undefined once one succeeds. */
  error: unknown;
  isLoading: boolean;
  reload: () => void;
}

/** `load` may differ at each rendering; only a new `key` loads again. An overtaken load is aborted and its outcome ignored. */
export function useLoad<T>(key: string, load: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const [state, setState] = useState<Omit<Loaded<T>, 'reload'>>({ value: undefined, error: undefined, isLoading: true });
  const [round, setRound] = useState(0);
  const reload = useCallback(() => setRound((count) => count + 1), []);
  useEffect(() => {
    const abort = new AbortController();
    setState(({ value }) => ({ value, error: undefined, isLoading: true }));
    load(abort.signal).then(
      (value) => abort.signal.aborted || setState({ value, error: undefined, isLoading: false }),
      (error: unknown) => abort.signal.aborted || setState(({ value }) => ({ value, error, isLoading: false })),
    );
    return () => abort.abort();
  }, [key, round]);
  return { ...state, reload };
}
