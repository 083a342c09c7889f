/** The picture of a product: drawn here, since the shop has no photographs and the page loads nothing from elsewhere. Decoration: its name stands beside it. */
import type { JSX } from 'preact';
import type { Drawings } from './drawing.ts';
import { food } from './food.tsx';
import { home } from './home.tsx';
import { kitchen } from './kitchen.tsx';
import { stationery } from './stationery.tsx';
import { tableware } from './tableware.tsx';
import { tea } from './tea.tsx';
import { textiles } from './textiles.tsx';

const shelves: Partial<Record<string, Drawings>> = { tea, kitchen, tableware, stationery, textiles, food, home };

export function Picture({ id, category }: { id: string; category: string }) {
  return (
    <svg class="picture" data-category={category} viewBox="0 0 200 200" aria-hidden="true">
      <ellipse cx="100" cy="166" rx="64" ry="7" fill="#000" opacity=".1" />
      {drawingOf(id, category)()}
    </svg>
  );
}

/** The first that suits; a product of an unknown category comes wrapped in a cloth. */
function drawingOf(id: string, category: string): () => JSX.Element {
  const shelf = shelves[category] ?? textiles;
  return shelf.find(([ids]) => ids.test(id))?.[1] ?? nothing;
}

const nothing = () => <></>;
