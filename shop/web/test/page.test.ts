/** The page in a real browser, with the real storefront service and a shop in memory behind it. */
import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import type { Browser, Page, Request } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { openBrowser } from '../../e2e/browser.ts';
import { buySomething, consent, findAndAdd, orderEnd, pay, signUp } from '../../e2e/buyer.ts';
import { type MockShop, startMockShop } from '../../e2e/mock/mock-shop.ts';

// A browser takes its time on a machine that runs everything at once.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

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
  opened.setDefaultTimeout(20_000);
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
    await page.getByRole('link', { name: 'To the cart: your goods are back' }).click();
    await page
      .getByRole('link', { name: /Sencha/ })
      .first()
      .waitFor();
  });

  it.each([
    ['Declined', 'The card was declined.', 'カードが承認されませんでした。'],
    ['Insufficient funds', 'The card has too little funds.', 'カードの残高が不足していました。'],
    ['Lost card', 'The card was declined.', 'カードが承認されませんでした。'],
    ['Expired', 'The card has expired.', 'カードの有効期限が切れていました。'],
    ['Wrong security code', 'The security code of the card was wrong.', 'カードのセキュリティコードが違っていました。'],
  ] as const)('says why, and what can be done, in both languages: %s', async (card, english, japanese) => {
    await buySomething(page, shop.url, { card });
    const heading = page.locator('header.standing');
    await heading.getByText(english, { exact: true }).waitFor();
    await page.getByRole('button', { name: '日本語で表示する' }).click();
    await heading.getByText(japanese, { exact: true }).waitFor();
    await heading.getByText(/ください。$/).waitFor();
  });

  it('sends the card’s number to the payment service, and to nobody else', async () => {
    const sent: [path: string, body: string][] = [];
    page.on('request', (request) => sent.push([new URL(request.url()).pathname, request.postData() ?? '']));
    await buySomething(page, shop.url);
    const withNumber = sent.filter(([, body]) => body.includes('4242424242424242'));
    expect(withNumber.map(([path]) => path)).toEqual(['/api/payment-methods']);
    expect(sent.filter(([path]) => path === '/api/orders')).toEqual([['/api/orders', expect.stringContaining('paymentToken')]]);
    expect(await page.evaluate('JSON.stringify({ ...localStorage, ...sessionStorage })')).not.toContain('4242');
  });

  it('hears what becomes of an order, and does not ask', async () => {
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    const { orderId } = await buySomething(page, shop.url);
    await step('Send the news', 'done').waitFor();
    const ofOrder = asked.filter((path) => path.startsWith(`/api/orders/${orderId}`));
    expect(ofOrder.filter((path) => path.endsWith('/events'))).toHaveLength(1);
    expect(ofOrder.filter((path) => !/\/(events|history)$/.test(path))).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it('lets its stream go while nobody looks, and goes on hearing from there', async () => {
    const isNews = (request: Request) => request.url().endsWith('/events');
    const look = (state: 'hidden' | 'visible') =>
      page.evaluate(`
        Object.defineProperty(document, 'visibilityState', { value: '${state}', configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
      `);
    await toCheckout();
    await pay(page, { card: 'Bank asks (3-D Secure)' });
    await page.getByRole('link', { name: 'Go to my bank’s page' }).waitFor();
    const letGo = page.waitForEvent('requestfailed', isNews);
    await look('hidden');
    await letGo;
    const again = page.waitForRequest(isNews);
    await look('visible');
    expect((await again).headers()).toHaveProperty('last-event-id');
  });

  it('asks what becomes of an order where it cannot be heard', async () => {
    await page.route('**/api/orders/*/events', (route) => route.abort());
    const { heading } = await buySomething(page, shop.url);
    expect(heading).toBe('Thank you. Your order is confirmed and on its way.');
    await step('Send the news', 'done').waitFor();
  });

  it('leads to the invoice once the parcel has left', async () => {
    const { orderId } = await buySomething(page, shop.url);
    await page.getByRole('link', { name: 'Invoice' }).click();
    await page.getByRole('row', { name: /Sencha/ }).waitFor();
    await page.getByText(orderId).waitFor();
  });

  it('leads to the bank when that asks for consent, and goes on afterwards', async () => {
    const { heading } = await buySomething(page, shop.url, { card: 'Bank asks (3-D Secure)' });
    expect(heading).toContain('on its way');
    await page.getByText('The bank asks for consent').waitFor();
  });

  it('keeps the goods in the cart while the bank waits, says so there, and takes them out afterwards', async () => {
    await toCheckout();
    await pay(page, { card: 'Bank asks (3-D Secure)' });
    await page.getByRole('link', { name: 'Go to my bank’s page' }).waitFor();
    await page.getByRole('link', { name: 'Cart, 1 pieces' }).click();
    await page.getByText('Your bank waits for your consent.').waitFor();
    await page.getByRole('link', { name: 'See the order' }).click();
    await consent(page, 'Approve');
    await orderEnd(page);
    await page.getByRole('link', { name: 'Cart, 0 pieces' }).click();
    await page.getByText('Your cart is empty.').waitFor();
    expect(await page.getByText('Your bank waits').count()).toBe(0);
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

  it('shows by itself what comes while somebody looks', async () => {
    await toCheckout();
    const second = await page.context().newPage();
    await second.goto(`${shop.url}/mailbox`);
    await second.getByText('No mail here yet.').waitFor();
    await pay(page);
    await orderEnd(page);
    await second.getByText('Your order is on its way').first().waitFor({ timeout: 30_000 });
    await second.getByRole('status').filter({ hasText: 'New mail: Your order is on its way' }).waitFor();
  });
});

describe('the addresses of the account', () => {
  const card = (text: string) => page.getByRole('listitem').filter({ hasText: text });

  async function fill(line1: string): Promise<void> {
    await page.getByLabel('Recipient').fill('山田 花子');
    await page.getByLabel('Postal code').fill('１５０ー０００１');
    await page.getByLabel('Prefecture').selectOption('東京都');
    await page.getByLabel('City or ward').fill('渋谷区');
    await page.getByLabel('Street and number').fill(line1);
    await page.getByRole('button', { name: 'Save' }).click();
  }

  it('can be added, changed, preferred and deleted, and are offered at the checkout', async () => {
    await toCheckout();
    await page.goto(`${shop.url}/addresses`);
    await page.getByText('No address is kept yet.').waitFor();
    for (const line1 of ['神宮前1', '神宮前2']) {
      await page.getByRole('button', { name: 'Add an address' }).click();
      await fill(line1);
      await card(line1).waitFor();
    }
    await card('神宮前1').getByText('Default', { exact: true }).waitFor();
    await card('神宮前2').getByRole('button', { name: 'Use as default' }).click();
    await card('神宮前2').getByText('Default', { exact: true }).waitFor();
    await card('神宮前2').getByRole('button', { name: 'Change 山田 花子 神宮前2' }).click();
    await fill('神宮前3');
    await card('神宮前3').getByText('Default', { exact: true }).waitFor();
    await card('神宮前1').getByRole('button', { name: 'Delete' }).click();
    await card('神宮前1').getByRole('button', { name: 'Delete' }).click();
    await card('神宮前1').waitFor({ state: 'detached' });
    await page.goto(`${shop.url}/checkout`);
    await page
      .getByRole('radio', { name: /神宮前3/ })
      .and(page.locator(':checked'))
      .waitFor();
  });

  it('take a postal code that a program fills in and leaves at once', async () => {
    await page.goto(`${shop.url}/addresses`);
    await signUp(page);
    await page.getByRole('button', { name: 'Add an address' }).click();
    const field = page.getByLabel('Postal code');
    await field.waitFor();
    await page.evaluate(`{
      const input = document.querySelector('[autocomplete=postal-code]');
      input.value = '1500001';
      input.dispatchEvent(new InputEvent('input', { bubbles: true }));
      input.dispatchEvent(new FocusEvent('focusout', { bubbles: true }));
    }`);
    await expect.poll(() => field.inputValue()).toBe('150-0001');
  });

  it('are not saved with a mistake, which is said at its field', async () => {
    await page.goto(`${shop.url}/addresses`);
    await signUp(page);
    await page.getByRole('button', { name: 'Add an address' }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Please enter the seven digits').waitFor();
    expect(await page.getByLabel('City or ward').getAttribute('aria-invalid')).toBe('true');
  });
});

describe('being signed in', () => {
  const isSignedIn = (where: Page) => where.getByRole('link', { name: 'My orders' }).first().waitFor();

  it('is prolonged before a token ends, in all tabs', async () => {
    shop.sessions().lifetimeSeconds = 20;
    await page.goto(`${shop.url}/orders`);
    await signUp(page);
    const second = await page.context().newPage();
    // Each call finds the token about to end, and leaving a page may lose the answer that brings the next one.
    for (const path of ['/orders', '/mailbox', '/addresses']) {
      await Promise.all([page.goto(shop.url + path), second.goto(shop.url + path)]);
      await Promise.all(
        [page, second].map((one) => one.getByText(/No orders yet|No mail here yet|No address is kept/).waitFor()),
      );
    }
    expect(shop.sessions().open).toBe(1);
  });

  it('goes on when the answer that brings the next token is lost', async () => {
    shop.sessions().lifetimeSeconds = 20;
    await page.goto(`${shop.url}/orders`);
    await signUp(page);
    await isSignedIn(page);
    shop.disturb('/api/auth/refresh', 'lost');
    for (const [path, text] of [
      ['/mailbox', 'No mail here yet.'],
      ['/addresses', 'No address is kept yet.'],
    ] as const) {
      await page.goto(shop.url + path);
      await page.getByText(text).waitFor();
    }
    expect(shop.sessions().open).toBe(1);
  });

  it('goes on when a token is refused before its time', async () => {
    await page.goto(`${shop.url}/orders`);
    await signUp(page);
    await isSignedIn(page);
    shop.disturb('/api/notifications', { status: 401, body: { title: 'Unauthorized' } });
    await page.goto(`${shop.url}/mailbox`);
    await page.getByText('No mail here yet.').waitFor();
  });

  it('ends in all tabs, and at the shop, by signing out in one', async () => {
    await page.goto(`${shop.url}/orders`);
    await signUp(page);
    const second = await page.context().newPage();
    await second.goto(shop.url);
    await isSignedIn(second);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await second.getByRole('link', { name: 'Sign in' }).waitFor();
    await expect.poll(() => shop.sessions().open).toBe(0);
  });

  it('ends when the shop says so, and leads to signing in again', async () => {
    await page.goto(`${shop.url}/orders`);
    await signUp(page);
    await isSignedIn(page);
    shop.sessions().endAll();
    shop.disturb('/api/notifications', { status: 401, body: { title: 'Unauthorized' } });
    await page.goto(`${shop.url}/mailbox`);
    await page.getByText('Please sign in to go on.').waitFor();
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
    for (const path of ['/', '/products/tetsubin-nambu', '/cart', '/checkout', '/orders', '/mailbox', '/addresses']) {
      await page.goto(shop.url + path);
      await page.getByRole('heading', { level: 1 }).first().waitFor({ state: 'attached' });
      expect(await page.evaluate('document.documentElement.scrollWidth'), path).toBe(width);
    }
  });
});
