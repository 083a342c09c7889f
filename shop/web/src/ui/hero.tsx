/** The band above the catalogue: the shop in a sentence, over a road with mountain, sun and courier. */
import { t } from '../i18n/locale.ts';
import { CourierFigure } from './courier.tsx';

export function Hero() {
  return (
    <section class="hero">
      <Landscape />
      <div class="hero-text">
        <p class="hero-title">{t('shop.title')}</p>
        <p>{t('shop.tagline')}</p>
      </div>
    </section>
  );
}

function Landscape() {
  return (
    <svg class="hero-picture" viewBox="0 0 1200 320" preserveAspectRatio="xMaxYMax slice" aria-hidden="true">
      <circle class="hero-sun" cx="905" cy="112" r="62" />
      <path
        class="hero-mountain"
        d="M560 320C700 270 770 190 842 118c14-8 20 6 32-2s20 8 34 2 18 4 28 0c70 72 150 160 280 202z"
      />
      <path
        class="hero-snow"
        d="M842 118c14-8 20 6 32-2s20 8 34 2 18 4 28 0l34 35c-14 8-20-6-32 6-10-12-20 14-34 0-12 14-22-10-36 4-10-12-20 6-34-6-12 8-22-2-30 0z"
      />
      <path class="hero-hill" d="M0 320v-34c180-44 360 4 560-22s420-26 640 16v40z" />
      <Pines />
      <path class="hero-road" d="M0 320v-10c300-16 800-22 1200-6v16z" />
      <g class="hero-courier" transform="translate(700 190) scale(2.5)">
        <CourierFigure />
      </g>
    </svg>
  );
}

function Pines() {
  return (
    <g class="hero-pines">
      <path d="M1060 300c4-40-6-60 6-96M1066 240l34-20M1064 220l-30-16" fill="none" stroke-width="7" stroke-linecap="round" />
      <path d="M1010 204c6-16 44-18 52 0zM1074 222c8-16 48-16 56 2zM1038 206c10-26 54-26 62-2z" />
    </g>
  );
}
