/**
 * The three ways manifests write amounts: resource quantities (`128Mi`, `500m`), durations (`1.5s`) and numbers that may be percentages.
 * All are strict: text that Kubernetes would refuse throws a SyntaxError which says how to write it.
 */

const suffixFactors: Record<string, number> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** In the base unit: `'128Mi'` → 134217728 (bytes), `'500m'` → 0.5 (cores). Exact up to 2^53. */
export function parseQuantity(quantity: string | number): number {
  const text = String(quantity);
  const [, digits, exponent, suffix = ''] =
    /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i))?$/.exec(text) ?? [];
  if (digits === undefined)
    throw new SyntaxError(`${JSON.stringify(quantity)} is not a quantity; write e.g. 500m, 2, 128Mi or 1G`);
  return Number(digits + (exponent ?? '')) * (suffixFactors[suffix] ?? 1);
}

const unitMs: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1, us: 1e-3, µs: 1e-3, ns: 1e-6 };

/** A Go duration as Istio and the Gateway API write them: `'1h2m'`, `'1.5s'`, `'300ms'`; `'0'` needs no unit. Never negative. */
export function parseDurationMs(text: string): number {
  if (text === '0') return 0;
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:h|ms|m|s|us|µs|ns))+$/.test(text)) {
    throw new SyntaxError(`${JSON.stringify(text)} is not a duration; write e.g. 300ms, 1.5s or 1h30m`);
  }
  return Array.from(text.matchAll(/([\d.]+)([a-zµ]+)/g)).reduce(
    (sum, [, amount, unit = '']) => sum + Number(amount) * (unitMs[unit] ?? 0),
    0,
  );
}

/** A number, or a percentage of `total`, rounded as told: `resolveIntOrPercent('25%', 3, 'up')` → 1. */
export function resolveIntOrPercent(value: number | string, total: number, round: 'up' | 'down'): number {
  if (typeof value === 'number') return value;
  const [, digits] = /^(\d+)%$/.exec(value) ?? [];
  if (digits === undefined) throw new SyntaxError(`${JSON.stringify(value)} is neither a whole number nor a percentage like 25%`);
  const share = (Number(digits) * total) / 100;
  return round === 'up' ? Math.ceil(share) : Math.floor(share);
}
