/**
 * A person who buys something in the browser, by what people see and not by how the page is made. Speaks English; works on any
 * shop at `baseUrl`, the real system or the one in memory.
 */
import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';

export type CardOutcome =
  | 'Succeeds'
  | 'Bank asks (3-D Secure)'
  | 'Declined'
  | 'Insufficient funds'
  | 'Lost card'
  | 'Expired'
  | 'Wrong security code'
  | 'Times out once'
  | 'Answers late';

export interface Purchase {
  orderId: string;
  /** The heading under which the order ended. */
  heading: string;
}

/** From the front of the shop to the end of the order. The browser's language must be English. */
export async function buySomething(page: Page, baseUrl: string, wish: { search?: string } & Payment = {}): Promise<Purchase> {
  const { search = 'tea' } = wish;
  await page.goto(baseUrl);
  await findAndAdd(page, search);
  await page.getByRole('link', { name: /^Cart,/ }).click();
  await page.getByRole('link', { name: 'Go to checkout' }).click();
  await signUp(page);
  await pay(page, wish);
  if (wish.card === 'Bank asks (3-D Secure)') await consent(page, wish.answer ?? 'Approve');
  return orderEnd(page);
}

export interface Payment {
  card?: CardOutcome;
  /** How the carrier behaves. */
  address?: 'Delivers' | 'Refuses';
  /** To the bank, when it asks. */
  answer?: 'Approve' | 'Refuse';
}

/** From the empty checkout page, as somebody without a saved address, to the order's page. */
export async function pay(page: Page, { card = 'Succeeds', address = 'Delivers' }: Payment = {}): Promise<void> {
  await page.getByRole('button', { name: address }).click();
  await page.getByRole('button', { name: card }).click();
  await page.getByRole('button', { name: /^Pay ¥/ }).click();
}

/** From the order's page to that of the bank, and back. */
export async function consent(page: Page, answer: 'Approve' | 'Refuse'): Promise<void> {
  await page.getByRole('link', { name: 'Go to my bank’s page' }).click({ timeout: 30_000 });
  await page.getByRole('button', { name: answer }).click();
  await page.getByRole('link', { name: 'Back to the shop' }).click();
}

/** Puts the first product found in the cart. */
export async function findAndAdd(page: Page, search: string): Promise<void> {
  await page.getByRole('searchbox').fill(search);
  await page.waitForURL((url) => url.searchParams.get('q') === search);
  const results = page.getByRole('list', { name: 'Products' });
  await results.and(page.locator('[aria-busy=false]')).waitFor();
  await results.getByRole('link').filter({ hasNotText: 'Sold out' }).first().click();
  await page.getByRole('button', { name: 'Add to cart' }).click();
  await page.getByText('In your cart', { exact: true }).waitFor();
}

/** From the sign-in page, with an account of their own. */
export async function signUp(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'New here? Create an account' }).click();
  await page.getByLabel('Name', { exact: true }).fill('山田 花子');
  await page.getByLabel('E-mail').fill(`${randomUUID()}@example.jp`);
  await page.getByLabel('Password').fill('correct horse battery');
  await page.getByRole('button', { name: 'Create account' }).click();
}

/** Waits until the order page says how it ended: the parcel on its way, or everything taken back. */
export async function orderEnd(page: Page): Promise<Purchase> {
  await page.waitForURL(/\/orders\/[^/]+$/);
  const heading = page.getByRole('heading', { level: 1, name: /on its way|was cancelled/ });
  await heading.waitFor({ timeout: 30_000 });
  return { orderId: new URL(page.url()).pathname.split('/').at(-1) ?? '', heading: await heading.innerText() };
}
