/** Drawings for the tableware shelf. */
import type { Drawings } from './drawing.ts';

const bowl = (outside: string, rim: string, inside: string, glaze: string) => (
  <>
    <rect x="80" y="152" width="40" height="14" rx="3" fill={rim} />
    <path d="M42 88h116c0 42-18 70-58 70s-58-28-58-70z" fill={outside} />
    <path d="M43 98c16 14 24 2 38 14s22-2 36 8 26-8 40-16v-16H42z" fill={glaze} />
    <ellipse cx="100" cy="88" rx="58" ry="15" fill={rim} />
    <ellipse cx="100" cy="89" rx="50" ry="11" fill={inside} />
  </>
);

const raku = () => bowl('#2e2c2b', '#454240', '#1c1b1a', '#4d4a47');

const rice = () => (
  <>
    {bowl('#e9ddcf', '#d9c8b5', '#c7b39c', '#f6efe6')}
    <path d="M54 88c4-28 26-40 46-40s42 12 46 40c-20 10-72 10-92 0z" fill="#fffdf8" />
    <path
      d="M74 72l6-4M92 62l7 2M112 66l6 4M84 82l7-2M106 80l7 2M126 80l5-3M66 84l5 1"
      stroke="#ddd3c2"
      stroke-width="3"
      stroke-linecap="round"
    />
  </>
);

const teapot = () => (
  <>
    <rect x="146" y="104" width="44" height="14" rx="7" fill="#a04a31" transform="rotate(-12 146 110)" />
    <path d="M52 112L28 92l9-8 28 16z" fill="#a04a31" />
    <path d="M102 80c34 0 54 18 54 42 0 28-18 44-54 44s-54-16-54-44c0-24 20-42 54-42z" fill="#b9583b" />
    <path d="M62 92c12-22 68-22 80 0-20 8-60 8-80 0z" fill="#a04a31" />
    <circle cx="102" cy="70" r="9" fill="#b9583b" />
    <path d="M64 120c2-10 8-16 16-19" stroke="#d68263" stroke-width="5" fill="none" stroke-linecap="round" />
  </>
);

const cup = (x: number, y: number) => (
  <>
    <path d={`M${x} ${y}h54l-6 62h-42z`} fill="#fbfaf5" />
    <ellipse cx={x + 27} cy={y} rx="27" ry="7" fill="#e3e5e4" />
    <path d={`M${x + 2} ${y + 14}h50`} stroke="#2f5597" stroke-width="3" />
  </>
);

const cups = () => (
  <>
    {cup(73, 46)}
    <path d="M82 82a9 9 0 0 1 18 0M100 82a9 9 0 0 1 18 0" fill="none" stroke="#2f5597" stroke-width="3" />
    {cup(36, 104)}
    <path d="M48 132l8-8 8 8 8-8 8 8M49 148l7-8 8 8 8-8 7 8" fill="none" stroke="#2f5597" stroke-width="3" />
    {cup(110, 104)}
    <g fill="#2f5597">
      <circle cx="137" cy="140" r="4" />
      <circle cx="137" cy="130" r="4.5" />
      <circle cx="146" cy="137" r="4.5" />
      <circle cx="143" cy="148" r="4.5" />
      <circle cx="131" cy="148" r="4.5" />
      <circle cx="128" cy="137" r="4.5" />
    </g>
  </>
);

const lacquer = () => (
  <>
    <path
      d="M86 62c-8-10 8-16 0-28M104 62c-8-10 8-16 0-28"
      stroke="#b9ada0"
      stroke-width="4"
      fill="none"
      stroke-linecap="round"
      opacity=".7"
    />
    <path d="M74 150h52l6 16H68z" fill="#8e2318" />
    <path d="M38 84h124c0 44-20 70-62 70S38 128 38 84z" fill="#b83322" />
    <ellipse cx="100" cy="84" rx="62" ry="16" fill="#d1503c" />
    <ellipse cx="100" cy="85" rx="54" ry="12" fill="#231a18" />
    <path d="M52 106c4 16 12 27 22 34" stroke="#e08471" stroke-width="6" fill="none" stroke-linecap="round" />
  </>
);

const kiriko = () => (
  <>
    <path d="M50 48h100l-12 118H62z" fill="#2a54a8" />
    <path d="M60 142h80l-2 24H62z" fill="#cfe0f2" opacity=".85" />
    <path d="M52 70h96M54 94h92M57 118h86" stroke="#dce9f7" stroke-width="2.5" />
    <path
      d="M54 94l22-24 24 24 24-24 22 24M57 118l19-24 24 24 24-24 19 24M76 94V70M100 118V70M124 94V70M54 94l22 24M146 94l-22 24M76 118v24M124 118v24"
      fill="none"
      stroke="#dce9f7"
      stroke-width="2.5"
    />
    <ellipse cx="100" cy="48" rx="50" ry="9" fill="#5f86cf" />
    <ellipse cx="100" cy="49" rx="42" ry="6" fill="#1d3d80" />
  </>
);

export const tableware: Drawings = [
  [/raku/, raku],
  [/kyusu|teapot/, teapot],
  [/choko|cup/, cups],
  [/lacquer|wan$/, lacquer],
  [/kiriko|glass/, kiriko],
  [/./, rice],
];
