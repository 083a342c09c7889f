/** Drawings for the kitchen shelf. */
import type { Drawings } from './drawing.ts';

const kettle = () => (
  <>
    <path d="M66 86c-4-62 72-62 68 0" fill="none" stroke="#2a2c2f" stroke-width="7" stroke-linecap="round" />
    <path d="M48 124l-22-20 10-8 22 14z" fill="#35383c" />
    <path d="M100 78c36 0 56 20 56 46 0 24-16 42-56 42s-56-18-56-42c0-26 20-46 56-46z" fill="#3f4347" />
    <path d="M78 82c6-8 38-8 44 0z" fill="#2a2c2f" />
    <circle cx="100" cy="74" r="6" fill="#2a2c2f" />
    <g fill="#54595e">
      {[0, 1, 2].flatMap((row) =>
        [0, 1, 2, 3, 4, 5].map((column) => (
          <circle key={`${row} ${column}`} cx={62 + column * 15 + (row % 2) * 7} cy={106 + row * 13} r="3.2" />
        )),
      )}
    </g>
    <path d="M52 142c24 8 72 8 96 0" stroke="#2a2c2f" stroke-width="3" fill="none" />
  </>
);

const knife = () => (
  <g transform="rotate(-38 100 100)">
    <path d="M22 84h96v32H66c-22 0-38-14-44-32z" fill="#c9d1d6" />
    <path d="M24 90c8 14 22 22 42 22h52v4H66c-22 0-38-14-44-32z" fill="#eef2f4" />
    <rect x="118" y="84" width="12" height="22" fill="#2b2b2b" />
    <rect x="130" y="82" width="56" height="20" rx="8" fill="#b98a56" />
    <path d="M138 92h40" stroke="#9c7142" stroke-width="2" />
  </g>
);

const pot = () => (
  <>
    <path d="M38 104h124c0 38-20 62-62 62s-62-24-62-62z" fill="#7d4f36" />
    <path d="M38 118h124l-3 14H41z" fill="#5e3926" />
    <path d="M20 106h22v14c-14 2-22-4-22-14zM180 106h-22v14c14 2 22-4 22-14z" fill="#5e3926" />
    <path d="M34 104c6-28 32-40 66-40s60 12 66 40z" fill="#936243" />
    <path d="M56 92c10-14 24-19 44-19" stroke="#b3835f" stroke-width="5" fill="none" stroke-linecap="round" />
    <path d="M84 64l4-14h24l4 14z" fill="#5e3926" />
  </>
);

const board = () => (
  <>
    <rect x="36" y="58" width="128" height="100" rx="10" fill="#e6c99a" />
    <path d="M36 148h128v8a10 10 0 0 1-10 10H46a10 10 0 0 1-10-10z" fill="#c7a470" />
    <path
      d="M48 78c30 8 70-6 104 2M48 100c40-8 60 10 104 0M48 124c30 6 66-8 104 2"
      stroke="#d3b07a"
      stroke-width="3"
      fill="none"
    />
    <circle cx="148" cy="74" r="7" fill="#a9855a" />
    <path d="M70 138c10-26 26-36 44-38-2 20-14 34-44 38z" fill="#6f9152" />
    <path d="M74 135c10-14 22-24 36-31" stroke="#4f7038" stroke-width="2" fill="none" />
  </>
);

const mortar = () => (
  <>
    <rect x="112" y="20" width="14" height="92" rx="7" fill="#b98a56" transform="rotate(28 119 66)" />
    <path d="M36 96h128c-4 42-22 70-64 70s-60-28-64-70z" fill="#6d5140" />
    <ellipse cx="100" cy="96" rx="64" ry="18" fill="#8c6a54" />
    <ellipse cx="100" cy="97" rx="54" ry="14" fill="#4e392d" />
    <path
      d="M62 103l14-12M76 108l10-16M92 110l6-17M108 110l-6-17M124 108l-10-16M138 103l-14-12"
      stroke="#8c6a54"
      stroke-width="2"
    />
    <path d="M44 122c30 12 82 12 112 0" stroke="#c9a27f" stroke-width="5" fill="none" />
  </>
);

const pan = () => (
  <>
    <rect x="134" y="120" width="58" height="10" rx="5" fill="#8a633c" transform="rotate(-14 134 124)" />
    <path d="M30 112h110l-8 46H38z" fill="#b56f43" />
    <path d="M26 108h118v10H26z" rx="4" fill="#d18a58" />
    <path d="M44 108c0-24 10-32 26-32h30c16 0 26 8 26 32z" fill="#f0c64f" />
    <path
      d="M56 108c0-16 6-20 16-20s14 6 14 20M98 108c0-10 4-14 10-14"
      fill="none"
      stroke="#d8a52f"
      stroke-width="4"
      stroke-linecap="round"
    />
  </>
);

export const kitchen: Drawings = [
  [/knife|hocho/, knife],
  [/donabe|pot$/, pot],
  [/board/, board],
  [/suribachi|mortar/, mortar],
  [/pan$|tamago/, pan],
  [/./, kettle],
];
