/** The one cart of this browser: a signal kept in localStorage, shared by all tabs. */
import { computed, signal } from '@preact/signals';
import { addToCart, type Cart, countPieces, parseCart, setQuantity } from './cart.ts';

const storageKey = 'hikyaku.cart';
const current = signal<Cart>(parseCart(localStorage.getItem(storageKey)));

export const cart = computed(() => current.value);
export const pieces = computed(() => countPieces(current.value));

addEventListener('storage', (event) => {
  if (event.key === storageKey) current.value = parseCart(event.newValue);
});

export function add(productId: string, quantity: number): void {
  keep(addToCart(current.value, productId, quantity));
}

export function change(productId: string, quantity: number): void {
  keep(setQuantity(current.value, productId, quantity));
}

export function empty(): void {
  keep([]);
}

function keep(next: Cart): void {
  current.value = next;
  localStorage.setItem(storageKey, JSON.stringify(next));
}
