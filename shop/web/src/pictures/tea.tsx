/** Drawings for the tea shelf. */
import type { Drawings } from './drawing.ts';

const tin = (body: string, lid: string) => () => (
  <>
    <rect x="64" y="62" width="72" height="104" rx="7" fill={body} />
    <rect x="60" y="44" width="80" height="30" rx="7" fill={lid} />
    <rect x="64" y="74" width="72" height="4" fill="#000" opacity=".12" />
    <rect x="80" y="92" width="40" height="54" rx="3" fill="#f8f2e2" />
    <path d="M100 136c-14-8-15-24 0-36 15 12 14 28 0 36z" fill={body} />
    <path d="M100 136v-26" stroke="#f8f2e2" stroke-width="2" />
  </>
);

export const tea: Drawings = [
  [
    /matcha-uji|usucha/,
    () => (
      <>
        <path d="M44 98h84c0 40-14 66-42 66s-42-26-42-66z" fill="#3b3f45" />
        <ellipse cx="86" cy="98" rx="42" ry="11" fill="#2b2e33" />
        <ellipse cx="86" cy="100" rx="36" ry="8" fill="#8fae45" />
        <path d="M64 122c8 6 30 8 44 1" stroke="#565b62" stroke-width="4" fill="none" stroke-linecap="round" />
        <path d="M134 164c-4-30-4-46 2-58h22c6 12 6 28 2 58z" fill="#d9bd85" />
        <path d="M140 164l2-50M147 164v-52M154 164l-2-50" stroke="#b5955a" stroke-width="2" />
        <rect x="135" y="68" width="24" height="40" rx="4" fill="#c9a868" />
        <path d="M134 108h26" stroke="#3b3f45" stroke-width="4" />
      </>
    ),
  ],
  [/gyokuro/, tin('#2f5d46', '#1f4132')],
  [/hojicha|bancha/, tin('#8a5a37', '#623d24')],
  [/genmai/, tin('#b9973f', '#8d7029')],
  [/wakoucha|black/, tin('#98412f', '#6e2c20')],
  [/./, tin('#5f8a4c', '#446a37')],
];
