/** The page in a real browser, with the real storefront service and a shop in memory behind it. */
import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openBrowser } from '../../e2e/browser.ts';
import { buySomething, findAndAdd, orderEnd, pay, signUp } from '../../e2e/buyer.ts';
import { type MockShop, startMockShop } from '../../e2e/mock/mock-shop.ts';

let shop: MockShop;
let browser: Browser;
let page: Page;
/** What the page complained about: errors thrown, and anything its content policy refused. */
let complaints: string[];

beforeAll(async () => {
  execFileSync(process.execPath, [resolve(import.meta.dirname, '../../../scripts/build-web.ts')]);
  [browser, shop] = await Promise.all([openBrowser(), startMockShop()]);
});
afterAll(async () => {
  await browser.close();
  await shop.close();
});
beforeEach(async () => {
  shop.reset();
  complaints = [];
  page = await openPage('en-GB');
});
afterEach(async () => page.context().close());

async function openPage(locale: string): Promise<Page> {
  const opened = await (await browser.newContext({ locale })).newPage();
  opened.setDefaultTimeout(10_000);
  opened.on('pageerror', (error) => complaints.push(error.message));
  opened.on('console', (line) => {
    if (/Content Security Policy|Trusted/.test(line.text())) complaints.push(line.text());
  });
  return opened;
}

const step = (name: string, state: string) => page.getByRole('listitem').filter({ hasText: name }).filter({ hasText: state });

async function toCheckout(): Promise<void> {
  await page.goto(shop.url);
  await findAndAdd(page, 'sencha');
  await page.goto(`${shop.url}/checkout`);
  await signUp(page);
  // Only then is the cart the account's.
  await page.getByRole('button', { name: /^Pay ¥/ }).waitFor();
}

describe('buying', () => {
  it('goes from search to a confirmed order, once', async () => {
    const { orderId, heading } = await buySomething(page, shop.url);
    expect(heading).toBe('Thank you. Your order is confirmed and on its way.');
    expect(shop.orders()).toMatchObject([{ id: orderId, status: 'confirmed' }]);
    await page.getByRole('link', { name: 'Cart, 0 pieces' }).waitFor();
    expect(complaints).toEqual([]);
  });

  it('places one order when the answer to the first request is lost', async () => {
    await toCheckout();
    shop.disturb('/api/orders', 'lost', 'lost', 'lost');
    await pay(page);
    await page.getByText('We did not hear back').waitFor();
    await page.getByRole('button', { name: /^Pay ¥/ }).click();
    await orderEnd(page);
    expect(shop.orders()).toHaveLength(1);
  });

  it('places one order when the button is pressed twice', async () => {
    await toCheckout();
    await page.getByRole('button', { name: 'Delivers' }).click();
    await page.getByRole('button', { name: 'Succeeds' }).click();
    await page.getByRole('button', { name: /^Pay ¥/ }).dblclick();
    await orderEnd(page);
    expect(shop.orders()).toHaveLength(1);
  });

  it('tells of a declined card and what was undone', async () => {
    await buySomething(page, shop.url, { card: 'Declined' });
    await page.getByText('The card was declined.', { exact: true }).waitFor();
    await step('Set the goods aside', 'back on the shelf').waitFor();
  });

  it('gives everything back, in reverse, when the carrier refuses the parcel', async () => {
    await buySomething(page, shop.url, { address: 'Refuses' });
    await page.getByText('The carrier could not take the parcel to this address.', { exact: true }).waitFor();
    await step('Take the payment', 'refunded').waitFor();
    await step('Confirm the order', 'order cancelled').waitFor();
    await step('Hold the payment', 'payment let go').waitFor();
    await step('Set the goods aside', 'back on the shelf').waitFor();
    await page.getByRole('button', { name: 'Put these back in the cart' }).click();
    await page
      .getByRole('link', { name: /Sencha/ })
      .first()
      .waitFor();
  });

  it('leads to the bank when that asks for consent, and goes on afterwards', async () => {
    const { heading } = await buySomething(page, shop.url, { card: 'Bank asks (3-D Secure)' });
    expect(heading).toContain('on its way');
    await page.getByText('The bank asks for consent').waitFor();
  });

  it('tells that consent was refused at the bank', async () => {
    await buySomething(page, shop.url, { card: 'Bank asks (3-D Secure)', answer: 'Refuse' });
    await page.getByText('The payment was not approved at the bank.').first().waitFor();
  });

  it('says at the field what is wrong with an address, and orders nothing', async () => {
    await toCheckout();
    await page.getByLabel('Postal code').fill('15');
    await page.getByRole('button', { name: 'Succeeds' }).click();
    await page.getByRole('button', { name: /^Pay ¥/ }).click();
    await page.getByText('Please enter the seven digits').waitFor();
    expect(await page.getByLabel('City or ward').getAttribute('aria-invalid')).toBe('true');
    expect(shop.orders()).toHaveLength(0);
  });

  it('offers the address of last time', async () => {
    await buySomething(page, shop.url);
    await page.goto(shop.url);
    await findAndAdd(page, 'sencha');
    await page.goto(`${shop.url}/checkout`);
    await page
      .getByRole('radio', { name: /丸の内1-9-1/ })
      .and(page.locator(':checked'))
      .waitFor();
    await page.getByRole('button', { name: 'Succeeds' }).click();
    await page.getByRole('button', { name: /^Pay ¥/ }).click();
    await orderEnd(page);
    expect(shop.orders()).toHaveLength(2);
  });

  it("shows the service's own words when it refuses", async () => {
    await toCheckout();
    shop.disturb('/api/orders', { status: 422, body: { title: 'Unprocessable', detail: 'The card number is not valid.' } });
    await pay(page);
    await page.getByRole('alert').filter({ hasText: 'The card number is not valid.' }).waitFor();
    expect(shop.orders()).toHaveLength(0);
  });

  it('leads whoever is not signed in to do so, and back', async () => {
    await page.goto(`${shop.url}/orders`);
    await signUp(page);
    await page.getByRole('heading', { name: 'My orders' }).waitFor();
    await page.getByText('No orders yet.').waitFor();
  });
});

describe('the cart', () => {
  it('follows the person: what was put in before signing in is kept in the account', async () => {
    await toCheckout();
    await expect.poll(() => page.evaluate("localStorage.getItem('hikyaku.cart')")).toBe('[]');
    await page.reload();
    await page.getByRole('link', { name: 'Cart, 1 pieces' }).waitFor();
  });

  it('says at its line what is gone or short, and lets nobody order it', async () => {
    await toCheckout();
    shop.restock('sencha-asatsuyu', 0);
    await page.goto(`${shop.url}/cart`);
    await page.getByText('Sold out').waitFor();
    expect(await page.getByRole('link', { name: 'Go to checkout' }).count()).toBe(0);
    shop.restock('sencha-asatsuyu', undefined);
    await page.reload();
    await page.getByText('No longer sold').waitFor();
    await page.getByRole('button', { name: /^Remove/ }).click();
    await page.getByText('Your cart is empty.').waitFor();
  });

  it('says that it cannot be reached, and comes back', async () => {
    await toCheckout();
    const resting = { status: 503, body: { title: 'Service Unavailable' } };
    shop.disturb('/api/cart', ...Array.from({ length: 100 }, () => resting));
    await page.goto(`${shop.url}/cart`);
    await page.getByRole('alert').filter({ hasText: 'starting or resting' }).waitFor();
    shop.disturb('/api/cart');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('link', { name: 'Go to checkout' }).waitFor();
  });
});

describe('the mailbox', () => {
  it('is empty for a new customer', async () => {
    await page.goto(`${shop.url}/mailbox`);
    await signUp(page);
    await page.getByText('No mail here yet.').waitFor();
  });

  it('shows what was written about an order, the newest first', async () => {
    await buySomething(page, shop.url);
    await page.getByRole('link', { name: 'Mails about this order' }).click();
    const mails = page.getByRole('list', { name: 'Mailbox' }).locator('summary');
    await mails.first().waitFor();
    expect(await mails.allInnerTexts()).toEqual([expect.stringContaining('on its way'), expect.stringContaining('is confirmed')]);
    await page.getByText('Dear 山田 花子,').first().waitFor();
  });
});

describe('the page', () => {
  it('speaks the language of the browser, and the other one when asked', async () => {
    const japanese = await openPage('ja-JP');
    await japanese.goto(`${shop.url}/products/matcha-uji`);
    await japanese.getByRole('heading', { name: '宇治抹茶 薄茶用 30g' }).waitFor();
    await japanese.getByRole('button', { name: 'Show in English' }).click();
    await japanese.getByRole('heading', { name: 'Uji Matcha for Usucha, 30 g' }).waitFor();
    await japanese.reload();
    await japanese.getByRole('heading', { name: 'Uji Matcha for Usucha, 30 g' }).waitFor();
    expect(await japanese.locator('html').getAttribute('lang')).toBe('en');
    await japanese.context().close();
  });

  it('says that the shop is resting, and goes on when asked again', async () => {
    const resting = { status: 503, body: { title: 'Service Unavailable', detail: 'database: waiting for postgres:5432' } };
    shop.disturb('/api/products', resting, resting, resting);
    await page.goto(shop.url);
    await page.getByRole('alert').filter({ hasText: 'just starting or resting' }).waitFor();
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('14 products').waitFor();
  });

  it('keeps search, shelf and page in the address, so that going back works', async () => {
    await page.goto(shop.url);
    await page.getByRole('link', { name: 'Next' }).click();
    await page.getByText('Page 2 of 2').waitFor();
    await page.getByRole('link', { name: 'Food', exact: true }).click();
    await page.getByText('2 products').waitFor();
    await page.goBack();
    await page.getByText('Page 2 of 2').waitFor();
    expect(new URL(page.url()).search).toBe('?page=2');
  });

  it('can be used with the keyboard alone', async () => {
    await page.goto(`${shop.url}/products/andon-lamp`);
    await page.getByRole('button', { name: 'Add to cart' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('status').filter({ hasText: 'Round Washi Andon Lamp is in your cart.' }).waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Cart' }).waitFor();
    await page.locator('main:focus').waitFor();
  });

  it.each([360, 1280])('is never wider than a screen of %i px', async (width) => {
    await page.setViewportSize({ width, height: 800 });
    await toCheckout();
    for (const path of ['/', '/products/tetsubin-nambu', '/cart', '/checkout', '/orders', '/mailbox']) {
      await page.goto(shop.url + path);
      await page.getByRole('heading', { level: 1 }).first().waitFor({ state: 'attached' });
      expect(await page.evaluate('document.documentElement.scrollWidth'), path).toBe(width);
    }
  });
});
