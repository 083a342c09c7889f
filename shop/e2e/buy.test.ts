/** The whole system, from a browser: manifests to processes, gateway, services, and the page on top. */
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startSystem, type System } from '../../test/support/system.ts';
import { openBrowser } from './browser.ts';
import { buySomething } from './buyer.ts';

/** HIKYAKU_GATEWAY_URL: a system that runs already. */
let baseUrl = process.env.HIKYAKU_GATEWAY_URL;
let system: System | undefined;
let browser: Browser;

beforeAll(async () => {
  if (baseUrl !== undefined) return;
  system = await startSystem({ args: ['--no-watch'] });
  await system.printed(/ready in/);
  baseUrl = system.url;
});
afterAll(async () => system?.purge());
beforeEach(async () => {
  browser = await openBrowser();
});
afterEach(async () => browser.close());

const newPage = () => browser.newPage({ locale: 'en-GB' });

describe('a person in a browser', () => {
  it('buys something and sees every step of the order done', async () => {
    const page = await newPage();
    const { orderId, heading } = await buySomething(page, baseUrl ?? '');
    expect(heading).toBe('Thank you. Your order is confirmed.');
    const steps = await page.getByRole('listitem').filter({ hasText: 'done' }).count();
    expect(steps).toBe(4);
    await page.getByRole('link', { name: 'My orders' }).click();
    await page.locator(`a[href="/orders/${orderId}"]`).filter({ hasText: 'Confirmed' }).waitFor();
  });

  it('is told when the card is declined, and gets the goods back in the cart', async () => {
    const page = await newPage();
    const { heading } = await buySomething(page, baseUrl ?? '', { search: '手ぬぐい', card: 'Declined' });
    expect(heading).toBe('The order was cancelled.');
    await page.getByText('The card was declined.').waitFor();
    await page.getByRole('button', { name: 'Put these back in the cart' }).click();
    await page.getByRole('link', { name: /Tenugui/ }).waitFor();
  });
});
