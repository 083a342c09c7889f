/** The whole system, from a browser: manifests to processes, gateway, services, and the page on top. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startSystem, type System } from '../../test/support/system.ts';
import { openBrowser } from './browser.ts';
import { buySomething, findAndAdd, pay, signUp } from './buyer.ts';

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

const step = (page: Page, name: string, state: string) =>
  page.getByRole('listitem').filter({ hasText: name }).filter({ hasText: state });

describe('a person in a browser', () => {
  it('buys something, sees every step of the order done, and gets mail', async () => {
    const page = await newPage();
    const streams: (string | undefined)[] = [];
    page.on('response', (response) => response.url().endsWith('/events') && streams.push(response.headers()['content-type']));
    const { orderId, heading } = await buySomething(page, baseUrl ?? '');
    expect(heading).toBe('Thank you. Your order is confirmed and on its way.');
    expect(streams[0]).toBe('text/event-stream');
    await step(page, 'Send the news', 'done').waitFor({ timeout: 30_000 });
    expect(await step(page, '', 'done').count()).toBe(8);
    await page.getByText('Handed to the carrier').waitFor();
    await page.getByRole('link', { name: 'Cart, 0 pieces' }).waitFor();

    await page.getByRole('link', { name: 'Mails about this order' }).click();
    const subjects = page.getByRole('list', { name: 'Mailbox' }).locator('summary');
    await expect.poll(() => subjects.count(), { timeout: 30_000 }).toBe(2);
    expect(await subjects.allInnerTexts()).toEqual([
      expect.stringContaining('Your order is on its way'),
      expect.stringContaining('Your order is confirmed'),
    ]);

    await page.getByRole('banner').getByRole('link', { name: 'My orders' }).click();
    await page.locator(`a[href="/orders/${orderId}"]`).filter({ hasText: 'Confirmed' }).waitFor();
  });

  it('finds the cart of the account again, also what was put in before signing in', async () => {
    const page = await newPage();
    await page.goto(baseUrl ?? '');
    await findAndAdd(page, 'sencha');
    await page.goto(`${baseUrl}/orders`);
    await signUp(page);
    await page.getByRole('heading', { name: 'My orders' }).waitFor();
    await expect.poll(() => page.evaluate("localStorage.getItem('hikyaku.cart')")).toBe('[]');
    await page.reload();
    await page.getByRole('link', { name: 'Cart, 1 pieces' }).click();
    await page.getByRole('button', { name: '+1' }).click();
    await page.getByRole('link', { name: 'Cart, 2 pieces' }).waitFor();
    await page.getByRole('link', { name: 'Go to checkout' }).click();
    await pay(page);
    await page.getByText('Order placed').waitFor();
  });

  it('gives consent at the bank, and the order goes on', async () => {
    const page = await newPage();
    const { heading } = await buySomething(page, baseUrl ?? '', { card: 'Bank asks (3-D Secure)' });
    expect(heading).toContain('on its way');
    await page.getByText('The bank has its answer').waitFor();
  });

  it('gets the money back when the carrier refuses the parcel', async () => {
    const page = await newPage();
    const { heading } = await buySomething(page, baseUrl ?? '', { address: 'Refuses' });
    expect(heading).toBe('The order was cancelled.');
    await page.getByText('The carrier could not take the parcel to this address.', { exact: true }).waitFor();
    await step(page, 'Take the payment', 'refunded').waitFor();
    await step(page, 'Set the goods aside', 'back on the shelf').waitFor();
  });

  it('is told when the card is declined, and gets the goods back in the cart', async () => {
    const page = await newPage();
    const { heading } = await buySomething(page, baseUrl ?? '', { search: '手ぬぐい', card: 'Declined' });
    expect(heading).toBe('The order was cancelled.');
    await page.getByText('The card was declined.', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'To the cart: your goods are back' }).click();
    await page
      .getByRole('link', { name: /Tenugui/ })
      .first()
      .waitFor();
  });
});
