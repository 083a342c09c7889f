/** A shelf's drawings: which product ids each is for, tried in order. All are drawn in a box of 200 × 200 standing on y = 166. */
import type { JSX } from 'preact';

export type Drawings = readonly (readonly [ids: RegExp, draw: () => JSX.Element])[];
