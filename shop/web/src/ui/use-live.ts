/** Something that changes by itself, for a page that shows it as long as somebody looks. */
import { useEffect, useState } from 'preact/hooks';
import { pauseWhileUnseen } from './pause.ts';
import { watch } from './watch.ts';

export interface Live<T> {
  /** The last thing that came. */
  value: T | undefined;
  /** Of the last question; undefined once one succeeds. The next one follows by itself. */
  error: unknown;
}

/** `load` may differ at each rendering; only a new `key` begins anew. */
export function useLive<T>(key: string, load: (signal: AbortSignal) => Promise<T>): Live<T> {
  const [live, setLive] = useState<Live<T>>({ value: undefined, error: undefined });
  useEffect(() => {
    const abort = new AbortController();
    void watch({
      load,
      onChange: (value) => setLive({ value, error: undefined }),
      onError: (error) => setLive((before) => ({ ...before, error })),
      pause: pauseWhileUnseen,
      signal: abort.signal,
    });
    return () => abort.abort();
  }, [key]);
  return live;
}
