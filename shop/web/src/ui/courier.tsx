/** The running courier (飛脚) with his box on a pole: the shop's mark, in the colour of the text around it. */
export function Courier() {
  return (
    <svg class="courier" viewBox="0 0 48 48" aria-hidden="true">
      <CourierFigure />
    </svg>
  );
}

/** For other drawings: the figure alone, in a box of 48 × 48. */
export function CourierFigure() {
  return (
    <>
      <g fill="none" stroke="currentColor" stroke-width="4" stroke-linecap="round" stroke-linejoin="round">
        <path d="M28 17 22.5 28" stroke-width="6.5" />
        <path d="M23 28.5 31 32l-2.5 9.5M21.5 28.5 16.5 36 7 35.5" />
        <path d="M28.5 18.5 34 23.5l5-4" stroke-width="3.5" />
        <path d="M9 20.5 41 15.5" stroke-width="2.5" />
      </g>
      <path d="M23.5 10.5 32.5 3l6.5 9.5z" fill="currentColor" />
      <circle cx="31.5" cy="11.5" r="4" fill="currentColor" />
      <rect class="courier-box" x="4" y="20" width="11" height="9.5" rx="1.5" />
    </>
  );
}
