/** Drawings for the home shelf. */
import type { Drawings } from './drawing.ts';

const lamp = () => (
  <>
    <circle cx="100" cy="94" r="74" fill="#ffdf8f" opacity=".28" />
    <path d="M74 150h52l8 16H66z" fill="#4a372a" />
    <circle cx="100" cy="96" r="56" fill="#fdf0cd" />
    <circle cx="100" cy="102" r="34" fill="#ffdd88" opacity=".75" />
    <path
      d="M48 76c34-10 70-10 104 0M44 96c36 8 76 8 112 0M50 118c32 14 68 14 100 0M62 138c24 12 52 12 76 0M64 54c22-8 50-8 72 0"
      fill="none"
      stroke="#d9bf86"
      stroke-width="2.5"
    />
    <rect x="82" y="36" width="36" height="8" rx="3" fill="#4a372a" />
  </>
);

const incense = () => (
  <>
    <path
      d="M112 66c-22-12 16-22-2-40-10-10 4-16 2-20"
      stroke="#9c9389"
      stroke-width="4"
      fill="none"
      stroke-linecap="round"
      opacity=".75"
    />
    <path d="M112 66l-14 72" stroke="#6f4b2c" stroke-width="5" stroke-linecap="round" />
    <circle cx="112" cy="66" r="4.5" fill="#e2693c" />
    <path d="M50 134h100c-2 20-16 32-50 32s-48-12-50-32z" fill="#7795a0" />
    <ellipse cx="100" cy="134" rx="50" ry="12" fill="#93aeb8" />
    <ellipse cx="100" cy="135" rx="42" ry="9" fill="#d9d4c7" />
    <path d="M64 150c20 8 52 8 72 0" stroke="#5c7a86" stroke-width="3" fill="none" />
  </>
);

const windBell = () => (
  <>
    <path d="M100 14v20M100 92v28" stroke="#6b5a4a" stroke-width="3" />
    <path d="M64 92c-4-40 14-60 36-60s40 20 36 60z" fill="#44505a" />
    <path d="M58 90h84v10H58z" fill="#323c44" />
    <path d="M76 84c-2-22 6-36 16-40" stroke="#75838e" stroke-width="5" fill="none" stroke-linecap="round" />
    <circle cx="100" cy="104" r="7" fill="#323c44" />
    <g transform="rotate(6 100 120)">
      <rect x="86" y="118" width="28" height="56" rx="2" fill="#f8f2e2" />
      <path
        d="M92 146c8-10 10 4 18-6M92 158c8-10 10 4 18-6"
        stroke="#2f6ba0"
        stroke-width="3"
        fill="none"
        stroke-linecap="round"
      />
      <circle cx="100" cy="130" r="4.5" fill="#b83322" />
    </g>
  </>
);

const cushion = () => (
  <>
    <path d="M28 132c-2 14 0 24 8 30 40 8 88 8 128 0 8-6 10-16 8-30z" fill="#1f365c" />
    <path d="M46 84c36-8 72-8 108 0 10 16 17 32 19 52-46 11-100 11-146 0 2-20 9-36 19-52z" fill="#2f4f82" />
    <g stroke="#c9d6ea" stroke-width="3" fill="none">
      {[70, 100, 130].map((x) => (
        <path key={x} d={`M${x - 6} 100h12M${x} 95v10M${x - 7} 122h14M${x} 116v12`} />
      ))}
    </g>
    <path d="M28 136l-10 8M172 136l10 8M46 84l-8-6M154 84l8-6" stroke="#e9e2d2" stroke-width="4" stroke-linecap="round" />
  </>
);

const kokeshi = () => (
  <>
    <path d="M76 96h48c8 24 8 48 2 66a6 6 0 0 1-6 4H80a6 6 0 0 1-6-4c-6-18-6-42 2-66z" fill="#e8c48d" />
    <path d="M73 118h54l1 10H72zM74 150h52l-1 8H75z" fill="#b83322" />
    <path d="M100 131c3 4 8 4 9 8-4 3-7 1-9 5-2-4-5-2-9-5 1-4 6-4 9-8z" fill="#b83322" />
    <circle cx="100" cy="66" r="36" fill="#f3dab0" />
    <path d="M64 68c-4-28 16-40 36-40s40 12 36 40c-6-2-8-8-10-18-16 6-36 6-52 0-2 10-4 16-10 18z" fill="#2b2522" />
    <path
      d="M82 70c4-3 8-3 11 0M107 70c4-3 8-3 11 0M95 84c3 3 7 3 10 0"
      stroke="#2b2522"
      stroke-width="3"
      fill="none"
      stroke-linecap="round"
    />
    <circle cx="80" cy="80" r="5" fill="#e58f78" opacity=".6" />
    <circle cx="120" cy="80" r="5" fill="#e58f78" opacity=".6" />
  </>
);

const stool = () => (
  <>
    <path d="M50 104h18l-6 62H44zM132 104h18l6 62h-18z" fill="#d3ac72" />
    <path d="M62 126h76v12H60z" fill="#c1985c" />
    <path d="M36 82h128l6 24H30z" fill="#efd3a0" />
    <path d="M30 106h140v10H30z" fill="#d3ac72" />
    <path d="M50 90c34 6 66-4 100 2M46 99c36 4 72-4 108 0" stroke="#dcb981" stroke-width="2.5" fill="none" />
    <path
      d="M76 66c-8-8 8-14 0-24M100 66c-8-8 8-14 0-24M124 66c-8-8 8-14 0-24"
      stroke="#a8a29a"
      stroke-width="3.5"
      fill="none"
      stroke-linecap="round"
      opacity=".6"
    />
  </>
);

export const home: Drawings = [
  [/incense/, incense],
  [/furin|bell/, windBell],
  [/zabuton|cushion/, cushion],
  [/kokeshi|doll/, kokeshi],
  [/stool/, stool],
  [/./, lamp],
];
