/** Drawings for the stationery shelf. */
import type { Drawings } from './drawing.ts';

const brush = () => (
  <>
    <path d="M30 158c20-14 34 6 54-6" stroke="#2b2926" stroke-width="9" fill="none" stroke-linecap="round" />
    <g transform="rotate(38 100 100)">
      <rect x="93" y="10" width="14" height="92" rx="6" fill="#b98550" />
      <rect x="93" y="10" width="14" height="12" rx="5" fill="#8d2d22" />
      <rect x="90" y="98" width="20" height="16" rx="3" fill="#3a3835" />
      <path d="M90 114h20c4 26-4 46-10 58-6-12-14-32-10-58z" fill="#efe6d6" />
      <path d="M92 138h16c0 14-4 25-8 34-4-9-8-20-8-34z" fill="#2b2926" />
    </g>
  </>
);

const ink = () => (
  <>
    <rect x="30" y="104" width="140" height="62" rx="12" fill="#55585c" />
    <rect x="42" y="114" width="116" height="40" rx="8" fill="#3a3c40" />
    <ellipse cx="66" cy="134" rx="16" ry="12" fill="#17181a" />
    <g transform="rotate(-24 118 86)">
      <rect x="98" y="34" width="36" height="92" rx="5" fill="#26241f" />
      <path
        d="M108 52h16M116 46v24M108 62h16M110 76h12M116 72v18M108 90h16"
        stroke="#d4af55"
        stroke-width="3.5"
        stroke-linecap="round"
      />
    </g>
  </>
);

const letters = () => (
  <>
    <g transform="rotate(-7 90 96)">
      <rect x="42" y="38" width="84" height="118" rx="3" fill="#fdfaf1" />
      <path d="M60 52v90M74 52v90M88 52v90M102 52v70M114 52v50" stroke="#cf6a57" stroke-width="1.5" />
    </g>
    <rect x="66" y="92" width="100" height="68" rx="4" fill="#ecdcc0" />
    <path d="M66 96l50 36 50-36" fill="none" stroke="#c4aa80" stroke-width="3" />
    <circle cx="116" cy="130" r="10" fill="#b83322" />
  </>
);

const notebook = () => (
  <g transform="rotate(5 100 100)">
    <rect x="52" y="38" width="100" height="128" rx="5" fill="#d8cfbd" />
    <rect x="48" y="34" width="100" height="128" rx="5" fill="#34566f" />
    <rect x="48" y="34" width="20" height="128" rx="5" fill="#26414f" />
    <path d="M58 42v112" stroke="#e8dcc0" stroke-width="2.5" stroke-dasharray="8 6" />
    <rect x="84" y="56" width="48" height="34" rx="2" fill="#f4ecda" />
    <path d="M92 68h32M92 78h22" stroke="#34566f" stroke-width="3" />
  </g>
);

const pen = () => (
  <g transform="rotate(40 100 100)">
    <rect x="88" y="8" width="24" height="66" rx="10" fill="#6b2a1c" />
    <rect x="107" y="18" width="5" height="44" rx="2.5" fill="#d9b25a" />
    <rect x="88" y="70" width="24" height="7" fill="#d9b25a" />
    <path d="M89 77h22v52l-4 12H93l-4-12z" fill="#8f3d27" />
    <path d="M94 84v44" stroke="#b96546" stroke-width="4" stroke-linecap="round" />
    <path d="M92 141h16c0 16-4 28-8 40-4-12-8-24-8-40z" fill="#e3c271" />
    <path d="M100 152v28" stroke="#7c5e20" stroke-width="1.5" />
    <circle cx="100" cy="151" r="2.5" fill="#7c5e20" />
  </g>
);

const accordion = () => (
  <>
    <path d="M122 48l16-6v112l-16 6zM138 42l14 8v112l-14-8z" fill="#f7f0e0" />
    <path d="M138 42v112" stroke="#d6c7a8" stroke-width="2" />
    <rect x="44" y="44" width="82" height="120" rx="4" fill="#8e2f3f" />
    <g fill="none" stroke="#d9a94e" stroke-width="2.5">
      {[64, 100, 136].flatMap((y) =>
        [64, 106].map((x) => <path key={`${x} ${y}`} d={`M${x} ${y - 12}l10 12-10 12-10-12zM${x} ${y - 5}l4 5-4 5-4-5z`} />),
      )}
    </g>
    <rect x="77" y="58" width="18" height="62" rx="1" fill="#fbf6e9" />
    <path d="M86 66v30" stroke="#2b2926" stroke-width="3" stroke-linecap="round" stroke-dasharray="1 7" />
    <rect x="80" y="102" width="12" height="12" rx="2" fill="#c0392b" />
  </>
);

export const stationery: Drawings = [
  [/brush|fude/, brush],
  [/sumi|ink/, ink],
  [/letter/, letters],
  [/pen/, pen],
  [/goshuin|accordion/, accordion],
  [/./, notebook],
];
