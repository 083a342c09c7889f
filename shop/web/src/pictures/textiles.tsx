/** Drawings for the textiles shelf. */
import type { Drawings } from './drawing.ts';

/** Seigaiha, the pattern of waves, as one path of rows of arcs. */
function waves(x: number, y: number, columns: number, rows: number, size: number): string {
  return Array.from({ length: rows }, (_row, row) =>
    Array.from({ length: columns }, (_column, column) => {
      const left = x + column * size * 2 - (row % 2) * size;
      const top = y + row * size * 0.7;
      return `M${left} ${top}a${size} ${size} 0 0 1 ${size * 2} 0M${left + size / 2} ${top}a${size / 2} ${size / 2} 0 0 1 ${size} 0`;
    }).join(''),
  ).join('');
}

const furoshiki = () => (
  <>
    <clipPath id="furoshiki-cloth">
      <path d="M100 84c40 0 64 26 64 54 0 18-8 28-24 28H60c-16 0-24-10-24-28 0-28 24-54 64-54z" />
    </clipPath>
    <g clip-path="url(#furoshiki-cloth)">
      <path d="M30 80h140v90H30z" fill="#3a5f94" />
      <path d={waves(24, 100, 6, 7, 14)} fill="none" stroke="#a9c0e0" stroke-width="2.5" />
    </g>
    <path d="M98 82C76 76 60 56 64 40c18 2 32 20 36 40zM102 82c22-6 38-26 34-42-18 2-32 20-36 40z" fill="#4a71a8" />
    <path d="M98 82C84 70 74 54 64 40M102 82c14-12 24-28 34-42" stroke="#2c4a76" stroke-width="2.5" fill="none" />
    <rect x="84" y="72" width="32" height="22" rx="10" fill="#2c4a76" />
    <path d="M84 92c-16 10-28 24-34 42M116 92c16 10 28 24 34 42" stroke="#2c4a76" stroke-width="2.5" fill="none" />
  </>
);

const tenugui = () => (
  <>
    <rect x="40" y="34" width="120" height="8" rx="4" fill="#a98458" />
    <path d="M58 42h84v118c-14 4-28-4-42 0s-28-4-42 0z" fill="#f6f1e4" />
    <g fill="none" stroke="#2f6b6a" stroke-width="2.5">
      {[62, 96, 130].flatMap((y) =>
        [79, 121].map((x) => (
          <path
            key={`${x} ${y}`}
            d={`M${x} ${y - 16}v32M${x - 14} ${y - 8}l28 16M${x + 14} ${y - 8}l-28 16M${x} ${y - 16}l14 8v16l-14 8-14-8v-16z`}
          />
        )),
      )}
    </g>
    <path d="M58 42h84v8H58z" fill="#2f6b6a" />
  </>
);

const towel = () => (
  <>
    <rect x="36" y="132" width="128" height="34" rx="15" fill="#e4ded2" />
    <rect x="40" y="102" width="120" height="34" rx="15" fill="#f2eee5" />
    <rect x="44" y="72" width="112" height="34" rx="15" fill="#fdfbf6" />
    <path d="M58 90h80M54 120h84M50 150h92" stroke="#cfc6b5" stroke-width="2.5" stroke-linecap="round" />
    <path d="M112 72h18v94h-18z" fill="#4b79a8" opacity=".8" />
  </>
);

const stole = () => (
  <>
    <path d="M54 38c30-10 62-10 92 0-4 22-24 34-46 34S58 60 54 38z" fill="#24406e" />
    <path d="M54 38c-4 44-2 76 8 108h40c-14-36-20-60-14-82-14-4-28-12-34-26z" fill="#2f5597" />
    <path d="M146 38c2 36-4 62-16 92H94c10-24 14-46 12-66 16-4 32-12 40-26z" fill="#3f69ae" />
    <path d="M66 120h30M62 104h28M110 112h24M114 96h24" stroke="#a9c0e0" stroke-width="3" />
    <path
      d="M64 146v16M74 146v16M84 146v16M96 146v16M98 130v14M108 130v14M118 130v14M128 130v14"
      stroke="#24406e"
      stroke-width="3"
      stroke-linecap="round"
    />
  </>
);

const tabi = () => (
  <>
    <path d="M108 40h44v70c0 12 4 20 12 28 10 10 6 26-8 26h-42c-10 0-16-8-16-18z" fill="#39424e" transform="translate(10 0)" />
    <path d="M46 44h48v70c0 10 6 16 16 22 14 8 12 28-4 28H62c-12 0-18-8-18-18z" fill="#4b5666" />
    <g fill="#e9e2d2">
      {[0, 1, 2, 3, 4].flatMap((row) =>
        [0, 1].map((column) => (
          <rect key={`${row} ${column}`} x={46 + column * 24 + (row % 2) * 12} y={60 + row * 12} width="12" height="12" />
        )),
      )}
    </g>
    <path d="M46 44h48v12H46z" fill="#b83322" />
    <path d="M112 139c-10 2-16 8-18 24" stroke="#2a313b" stroke-width="4" fill="none" stroke-linecap="round" />
  </>
);

const noren = () => (
  <>
    <rect x="26" y="40" width="148" height="8" rx="4" fill="#8a633c" />
    <path d="M36 48h128v14H36z" fill="#d6c6a4" />
    <path d="M36 60h40v98c-14 5-26-3-40 2zM80 60h40v98c-14 5-26-3-40 2zM124 60h40v98c-14 5-26-3-40 2z" fill="#e8dcc1" />
    <path d="M36 80c14 4 26-3 40 1M80 144c14 4 26-3 40 1" stroke="#d6c6a4" stroke-width="2" fill="none" />
    <circle cx="100" cy="104" r="22" fill="none" stroke="#2f5597" stroke-width="6" />
    <path
      d="M84 104a8 8 0 0 1 16 0M100 104a8 8 0 0 1 16 0M92 114a8 8 0 0 1 16 0"
      fill="none"
      stroke="#2f5597"
      stroke-width="4"
      stroke-linecap="round"
    />
  </>
);

export const textiles: Drawings = [
  [/tenugui/, tenugui],
  [/towel/, towel],
  [/stole|scarf/, stole],
  [/tabi|sock/, tabi],
  [/noren/, noren],
  [/./, furoshiki],
];
