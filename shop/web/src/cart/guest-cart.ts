/** The cart of whoever is not signed in: kept in this browser, shared by all its tabs. */
import { computed, signal } from '@preact/signals';
import { type Cart, parseCart } from './cart.ts';

const storageKey = 'hikyaku.cart';
const current = signal<Cart>(parseCart(localStorage.getItem(storageKey)));

export const guestCart = computed(() => current.value);

addEventListener('storage', (event) => {
  if (event.key === storageKey) current.value = parseCart(event.newValue);
});

export function keepGuestCart(next: Cart): void {
  current.value = next;
  localStorage.setItem(storageKey, JSON.stringify(next));
}
