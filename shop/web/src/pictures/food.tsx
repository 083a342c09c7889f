/** Drawings for the food shelf. */
import type { Drawings } from './drawing.ts';

const barrel = () => (
  <>
    <path d="M48 74h104l-10 92H58z" fill="#c99c63" />
    <path d="M66 74l4 92M88 74l2 92M112 74l-2 92M134 74l-4 92" stroke="#a87c45" stroke-width="2.5" />
    <path d="M50 92h100l-1 10H51zM55 138h90l-1 10H56z" fill="#7c9150" />
    <ellipse cx="100" cy="74" rx="52" ry="15" fill="#dcb47c" />
    <ellipse cx="100" cy="75" rx="44" ry="11" fill="#5b3423" />
    <path d="M72 72c8-12 22-4 28-12 6 8 20 0 28 12-16 8-40 8-56 0z" fill="#74452e" />
  </>
);

const bottle = () => (
  <>
    <rect x="88" y="22" width="24" height="16" rx="4" fill="#b83322" />
    <path d="M90 38h20v22c0 10 22 14 22 34v62a10 10 0 0 1-10 10H78a10 10 0 0 1-10-10V94c0-20 22-24 22-34z" fill="#3c221b" />
    <path d="M76 96c0-12 8-16 13-22" stroke="#6e4638" stroke-width="5" fill="none" stroke-linecap="round" />
    <rect x="68" y="102" width="64" height="46" fill="#f6ecd6" />
    <circle cx="100" cy="125" r="14" fill="none" stroke="#3c221b" stroke-width="3" />
    <path d="M93 128c-3-6 3-12 8-9s10 6 6 11-11 4-14-2z" fill="#3c221b" />
  </>
);

const jar = () => (
  <>
    <rect x="62" y="74" width="76" height="92" rx="14" fill="#dfe9dc" />
    <path d="M66 94h68v58a10 10 0 0 1-10 10H76a10 10 0 0 1-10-10z" fill="#7fa03c" />
    <g fill="#5f7d29">
      <circle cx="80" cy="106" r="3" />
      <circle cx="120" cy="102" r="3" />
      <circle cx="126" cy="152" r="3" />
      <circle cx="76" cy="154" r="3" />
    </g>
    <rect x="58" y="54" width="84" height="24" rx="6" fill="#3f5a2b" />
    <rect x="78" y="112" width="44" height="36" rx="3" fill="#fbf6e6" />
    <circle cx="100" cy="130" r="11" fill="#e3b93c" />
    <path d="M100 119c2-6 8-8 12-6-2 6-6 8-12 6z" fill="#5f7d29" />
  </>
);

const sack = () => (
  <>
    <path d="M58 62h84c14 30 18 66 10 104H48c-8-38-4-74 10-104z" fill="#e9dcc0" />
    <path d="M62 62c-6-12-8-20-4-26 14 6 70 6 84 0 4 6 2 14-4 26z" fill="#d6c49f" />
    <path d="M58 62h84" stroke="#b83322" stroke-width="6" stroke-linecap="round" />
    <path
      d="M112 62c8 8 10 16 8 26M106 62c2 10 0 18-6 24"
      stroke="#b83322"
      stroke-width="3.5"
      fill="none"
      stroke-linecap="round"
    />
    <rect x="74" y="96" width="52" height="54" rx="3" fill="#fbf6e9" />
    <path
      d="M100 104v38M84 122h32M88 108l6 8M112 108l-6 8M97 127l-11 12M103 127l11 12"
      stroke="#2b2926"
      stroke-width="4"
      stroke-linecap="round"
    />
  </>
);

const plums = () => (
  <>
    <g>
      <circle cx="72" cy="94" r="22" fill="#b5403c" />
      <circle cx="126" cy="92" r="23" fill="#a83532" />
      <circle cx="100" cy="80" r="24" fill="#c5504a" />
      <path
        d="M90 70c6-4 12-4 18 0M64 86c4-3 8-3 12 0M118 84c5-3 11-3 15 1"
        stroke="#8d2724"
        stroke-width="3"
        fill="none"
        stroke-linecap="round"
      />
      <path d="M100 58c6-16 22-20 32-14-6 12-18 18-32 14z" fill="#4f7a45" />
    </g>
    <path d="M34 98h132c-4 42-24 60-66 60S38 140 34 98z" fill="#eef0ec" />
    <path d="M42 116c36 10 80 10 116 0" stroke="#2f5597" stroke-width="4" fill="none" />
    <path d="M48 128c32 9 72 9 104 0" stroke="#2f5597" stroke-width="2" fill="none" />
    <rect x="78" y="154" width="44" height="12" rx="3" fill="#d5d9d4" />
  </>
);

const yokan = () => (
  <>
    <path d="M22 146h156l-14 20H36z" fill="#35424a" />
    <path d="M40 104l34-18h56v42l-34 18H40z" fill="#4b2530" />
    <path d="M40 104l34-18h56l-34 18z" fill="#7a4351" />
    <path d="M96 104l34-18v42l-34 18z" fill="#3a1a24" />
    <path d="M110 116l34-18h18v32l-34 16h-18z" fill="#4b2530" />
    <path d="M110 116l34-18h18l-34 18z" fill="#7a4351" />
    <path d="M128 116l34-18v32l-34 16z" fill="#3a1a24" />
    <path d="M46 112v22" stroke="#8f5967" stroke-width="3" stroke-linecap="round" />
  </>
);

export const food: Drawings = [
  [/shoyu|soy|vinegar|oil/, bottle],
  [/kosho|jar|jam/, jar],
  [/hikari|rice/, sack],
  [/ume/, plums],
  [/yokan|sweet/, yokan],
  [/./, barrel],
];
