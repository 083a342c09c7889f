/** The browser's address as a signal: links inside the page change it without loading anything. */
import { computed, signal } from '@preact/signals';
import { parseRoute } from './routes.ts';

const address = signal(location.href);

export const route = computed(() => parseRoute(new URL(address.value)));
/** Path and query of the page shown, for coming back to it. */
export const here = computed(() => {
  const { pathname, search } = new URL(address.value);
  return pathname + search;
});

addEventListener('popstate', () => (address.value = location.href));
document.addEventListener('click', followLink);

/** Goes to another page as a link does: a new entry in the history, and the top of the page. */
export function navigate(path: string): void {
  history.pushState(null, '', path);
  address.value = location.href;
  scrollTo(0, 0);
}

/** The same page with another address, such as a search being typed: no new entry in the history. */
export function replace(path: string): void {
  history.replaceState(null, '', path);
  address.value = location.href;
}

function followLink(event: MouseEvent): void {
  const wantsBrowser =
    event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (wantsBrowser || !link?.href || link.target !== '' || link.origin !== location.origin || link.hasAttribute('download'))
    return;
  // At this origin but not of this page, such as the bank's page behind the same gateway.
  if (link.relList.contains('external')) return;
  if (link.hash !== '' && link.pathname === location.pathname) return;
  event.preventDefault();
  navigate(link.pathname + link.search);
}
