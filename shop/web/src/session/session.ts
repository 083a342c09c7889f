/** Who is signed in. The token lives in sessionStorage: it ends with the tab and no other site can send it along. */
import { computed, signal } from '@preact/signals';
import { readClaims } from './token.ts';

const storageKey = 'hikyaku.token';
const token = signal(restore());

export const claims = computed(() => readClaims(token.value));
export const isSignedIn = computed(() => claims.value !== undefined);

export function accessToken(): string | undefined {
  return token.value ?? undefined;
}

export function startSession(accessToken: string): void {
  sessionStorage.setItem(storageKey, accessToken);
  token.value = accessToken;
}

export function endSession(): void {
  sessionStorage.removeItem(storageKey);
  token.value = null;
}

function restore(): string | null {
  const stored = sessionStorage.getItem(storageKey);
  return readClaims(stored) ? stored : null;
}
