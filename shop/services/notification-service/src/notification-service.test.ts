import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { startIssuer, startPostgres, testSettings, type TestIssuer, type TestPostgres, until } from '@hikyaku/service/testing';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createNotificationService } from './notification-service.ts';

type Json = Record<string, unknown>;
type Mail = { id: string; kind: string; to: string; subject: string; text: string; orderId: string; state: string };
type NotificationService = Awaited<ReturnType<typeof createNotificationService>>;

const items = [{ productId: 'sencha', name: { ja: '煎茶', en: 'Sencha' }, unitPriceYen: 1480, quantity: 2 }];

let postgres: TestPostgres;
let issuer: TestIssuer;
let users: Server;
/** What the user service answers about anybody. */
let userAnswer: { status: number; body: Json };
let questions = 0;

beforeAll(async () => {
  postgres = await startPostgres();
  issuer = await startIssuer();
  users = createServer((request, response) => {
    questions++;
    const id = request.url?.split('/').at(-1);
    response.writeHead(userAnswer.status, { 'content-type': 'application/json' }).end(JSON.stringify({ id, ...userAnswer.body }));
  }).listen(0, '127.0.0.1');
  await once(users, 'listening');
});

beforeEach(() => {
  userAnswer = { status: 200, body: { name: '花子', email: 'hanako@example.jp', locale: 'ja' } };
  questions = 0;
});

afterAll(async () => {
  issuer.close();
  users.close();
  await postgres.stop();
});

const portOf = (server: { address(): AddressInfo | string | null }) => (server.address() as AddressInfo).port;

async function start(database: string, env: Record<string, string> = {}): Promise<{ service: NotificationService; url: string }> {
  const service = await createNotificationService({
    DATABASE_URL: postgres.url(database),
    BROKER_URL: postgres.url(`${database}_events`),
    USER_SERVICE_URL: `http://127.0.0.1:${portOf(users)}`,
    JWKS_URL: issuer.jwksUrl,
    ...testSettings,
    ...env,
  });
  return { service, ...(await service.start()) };
}

/** Publishes an event as its service would, and waits until it has been handled. */
async function tell(service: NotificationService, type: string, data: Json, id: string = randomUUID()): Promise<void> {
  await service.database.transaction((tx) =>
    service.bus.publish(tx, { id, type, subject: String(data.orderId ?? data.userId), data }),
  );
  await until(`${type} is handled`, () => service.database.one('SELECT 1 FROM hikyaku.inbox WHERE event_id = $1', [id]));
}

const orderOf = (userId: string, more: Json = {}) => ({ orderId: randomUUID(), userId, items, totalYen: 2960, ...more });

describe('with the mailbox', () => {
  let service: NotificationService;
  let url: string;

  beforeAll(async () => {
    await postgres.createDatabase('mailbox');
    await postgres.createDatabase('mailbox_events');
    ({ service, url } = await start('mailbox'));
  });
  afterAll(() => service.close());

  async function get(user: string, path: string): Promise<{ status: number; body: Json }> {
    const response = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${await issuer.tokenOf(user)}` } });
    return { status: response.status, body: (await response.json()) as Json };
  }

  const mailsOf = async (user: string) => (await get(user, '/notifications')).body.items as Mail[];

  async function missing(...mails: { orderId: string; kind: string }[]): Promise<{ status: number; body: Json }> {
    const response = await fetch(`${url}/internal/mails/missing`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ mails }),
    });
    return { status: response.status, body: (await response.json()) as Json };
  }

  test('a customer gets one mail for each piece of news', async () => {
    const user = randomUUID();
    await tell(service, 'user.registered', { userId: user, email: 'taro@example.jp', name: '太郎' });
    const order = orderOf(user);
    await tell(service, 'order.confirmed', order);
    await tell(service, 'order.shipped', { ...order, trackingNumber: 'HK-42' });
    await tell(service, 'order.cancelled', { ...order, reason: 'shipping_failed' });
    await tell(service, 'payment.refunded', { orderId: order.orderId, userId: user, amountYen: 2960 });
    const mails = await mailsOf(user);
    expect(mails.map(({ kind }) => kind)).toEqual(['payment.refunded', 'order.cancelled', 'order.shipped', 'order.confirmed']);
    for (const mail of mails) expect(mail).toMatchObject({ to: 'taro@example.jp', state: 'sent', orderId: order.orderId });
    expect(mails[2]?.text).toContain('HK-42');
    expect(mails[3]?.text).toContain('太郎 様');
    expect(questions).toBe(0);
  });

  test('news of many orders at once are a mail each, to whom they concern', async () => {
    const users = Array.from({ length: 12 }, () => randomUUID());
    await Promise.all(
      users.map((userId, n) => tell(service, 'user.registered', { userId, email: `buyer-${n}@example.jp`, name: `Buyer ${n}` })),
    );
    const orders = [...users, ...users].map((user) => orderOf(user));
    await Promise.all(
      orders.flatMap((order) => [
        tell(service, 'order.confirmed', order),
        tell(service, 'order.shipped', { ...order, trackingNumber: `HK-${order.orderId}` }),
      ]),
    );
    for (const [n, user] of users.entries()) {
      const mine = orders.filter(({ userId }) => userId === user).map(({ orderId }) => orderId);
      const mails = await mailsOf(user);
      expect(mails.map(({ kind, orderId }) => `${kind} ${orderId}`).toSorted()).toEqual(
        mine.flatMap((orderId) => [`order.confirmed ${orderId}`, `order.shipped ${orderId}`]).toSorted(),
      );
      for (const { to, kind, text, orderId } of mails) {
        expect([to, text]).toEqual([`buyer-${n}@example.jp`, expect.stringContaining(`Buyer ${n}`)]);
        if (kind === 'order.shipped') expect(text).toContain(`HK-${orderId}`);
      }
    }
  });

  test('the same news twice are one mail, and one event says so', async () => {
    const user = randomUUID();
    const order = orderOf(user);
    await Promise.all([tell(service, 'order.confirmed', order), tell(service, 'order.confirmed', order)]);
    expect(await mailsOf(user)).toHaveLength(1);
  });

  test('mails are in the language of the profile, to the address it has now', async () => {
    const user = randomUUID();
    await tell(service, 'user.registered', { userId: user, email: 'old@example.jp', name: 'Hanako', locale: 'ja' });
    await tell(service, 'user.updated', { userId: user, email: 'new@example.jp', name: 'Hanako', locale: 'en' });
    await tell(service, 'order.confirmed', orderOf(user));
    expect(await mailsOf(user)).toMatchObject([{ to: 'new@example.jp', text: expect.stringContaining('Dear Hanako') }]);
  });

  test('a user not heard of yet is asked for, once', async () => {
    const user = randomUUID();
    await tell(service, 'order.confirmed', orderOf(user));
    await tell(service, 'order.confirmed', orderOf(user));
    expect(await mailsOf(user)).toHaveLength(2);
    expect(questions).toBe(1);
  });

  test('news wait while a user not heard of cannot be asked for', async () => {
    const user = randomUUID();
    userAnswer = { status: 500, body: {} };
    const told = tell(service, 'order.confirmed', orderOf(user));
    await until('the user was asked for', () => questions > 0);
    expect(await mailsOf(user)).toEqual([]);
    userAnswer = { status: 200, body: { name: '花子', email: 'hanako@example.jp' } };
    await told;
    expect(await mailsOf(user)).toHaveLength(1);
  });

  test('nobody is written to when there is no such user', async () => {
    const user = randomUUID();
    userAnswer = { status: 404, body: {} };
    await tell(service, 'order.cancelled', orderOf(user, { reason: 'unknown_user' }));
    expect(await mailsOf(user)).toEqual([]);
  });

  test('mails are nobody else’s to read', async () => {
    const user = randomUUID();
    await tell(service, 'order.confirmed', orderOf(user));
    const [mail] = await mailsOf(user);
    const path = `/notifications/${mail?.id}`;
    expect((await get(user, path)).body).toEqual(mail);
    expect((await get(randomUUID(), path)).status).toBe(404);
    expect(await mailsOf(randomUUID())).toEqual([]);
    expect((await fetch(`${url}/notifications`)).status).toBe(401);
    expect((await get(user, '/notifications?limit=0')).status).toBe(400);
    expect((await get(user, '/notifications/nonsense')).status).toBe(400);
  });

  test('the saga learns that a mail is there, also when it asks before the news arrive', async () => {
    const order = orderOf(randomUUID());
    const mail = { orderId: order.orderId, kind: 'order.confirmed' };
    const early = missing(mail);
    await tell(service, 'order.confirmed', order);
    expect((await early).body).toEqual({ missing: [] });
    expect((await missing(mail)).body).toEqual({ missing: [] });
  });

  test('sagas that ask together learn which mails there are not', async () => {
    const order = orderOf(randomUUID());
    await tell(service, 'order.confirmed', order);
    const confirmed = { orderId: order.orderId, kind: 'order.confirmed' };
    const others = [
      { orderId: order.orderId, kind: 'order.shipped' },
      { orderId: randomUUID(), kind: 'order.confirmed' },
    ];
    const { body } = await missing(confirmed, ...others);
    expect(new Set(body.missing as object[])).toEqual(new Set(others));
    expect((await missing({ orderId: randomUUID(), kind: 'order.eaten' })).status).toBe(400);
    expect((await missing()).status).toBe(400);
  });
});

describe('with a mail server', () => {
  let smtp: SMTPServer;
  let answer: 'accept' | 'busy' | 'refuse' | 'silent';
  const received: string[] = [];
  let service: NotificationService;

  beforeAll(async () => {
    smtp = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      onData: (stream, _session, callback) => {
        void text(stream).then((message) => {
          received.push(message);
          const error = { busy: 451, refuse: 554 };
          if (answer === 'accept') callback();
          else if (answer !== 'silent') callback(Object.assign(new Error('not now'), { responseCode: error[answer] }));
        });
      },
    });
    await new Promise<void>((resolve) => smtp.listen(0, '127.0.0.1', resolve));
    await postgres.createDatabase('smtp');
    await postgres.createDatabase('smtp_events');
    ({ service } = await start('smtp', { SMTP_URL: smtpUrl(), SMTP_TIMEOUT_MS: '2000' }));
  });
  beforeEach(() => {
    answer = 'accept';
    received.length = 0;
  });
  afterAll(async () => {
    await service.close();
    await new Promise<void>((resolve) => smtp.close(resolve));
  });

  const smtpUrl = () => `smtp://127.0.0.1:${portOf(smtp.server)}`;

  const stateOf = async (orderId: string) =>
    (await service.database.one('SELECT state FROM mails WHERE order_id = $1', [orderId]))?.state;

  const ends = (orderId: string, state: string) => until(`the mail is ${state}`, async () => (await stateOf(orderId)) === state);

  /** A header may go on in the next line, indented. */
  const headerOf = (message: string | undefined, name: string) =>
    new RegExp(`^${name}:(.*(?:\\r\\n[ \\t].*)*)`, 'im').exec(message ?? '')?.[1]?.trim();

  test('a mail is handed over, with its words intact', async () => {
    const order = orderOf(randomUUID());
    await tell(service, 'order.confirmed', order);
    await ends(order.orderId, 'sent');
    expect(received).toHaveLength(1);
    const [message] = received;
    expect(headerOf(message, 'Message-ID')).toBe(`<${order.orderId}.order.confirmed@shop.example>`);
    expect(headerOf(message, 'To')).toContain('hanako@example.jp');
    const [, body = ''] = message?.split('\r\n\r\n') ?? [];
    expect(Buffer.from(body, 'base64').toString()).toContain('花子 様');
  });

  test('a mail the server was too busy for comes again, under the same Message-ID', async () => {
    answer = 'busy';
    const order = orderOf(randomUUID());
    await tell(service, 'order.confirmed', order);
    await until('the server was asked', () => received.length > 0);
    expect(await stateOf(order.orderId)).toBe('queued');
    answer = 'accept';
    await ends(order.orderId, 'sent');
    expect(new Set(received.map((message) => headerOf(message, 'Message-ID'))).size).toBe(1);
  });

  test('a mail whose answer was lost comes again, under the same Message-ID', async () => {
    answer = 'silent';
    const order = orderOf(randomUUID());
    await tell(service, 'order.confirmed', order);
    await until('the server was asked', () => received.length > 0);
    answer = 'accept';
    await ends(order.orderId, 'sent');
    expect(received.length).toBeGreaterThanOrEqual(2);
    expect(new Set(received.map((message) => headerOf(message, 'Message-ID'))).size).toBe(1);
  });

  test('a mail the server refuses is not offered again, and does not hold up the others', async () => {
    answer = 'refuse';
    const refused = orderOf(randomUUID());
    await tell(service, 'order.confirmed', refused);
    await ends(refused.orderId, 'refused');
    answer = 'accept';
    const other = orderOf(randomUUID());
    await tell(service, 'order.confirmed', other);
    await ends(other.orderId, 'sent');
    expect(received).toHaveLength(2);
  });

  test('a mail is handed over as soon as it is written, without waiting for the next look', async () => {
    await postgres.createDatabase('woken');
    await postgres.createDatabase('woken_events');
    const woken = await start('woken', { SMTP_URL: smtpUrl(), DELIVERY_INTERVAL_MS: '3600000' });
    try {
      await tell(woken.service, 'order.confirmed', orderOf(randomUUID()));
      await until('the mail is handed over', () => received.length > 0);
    } finally {
      await woken.service.close();
    }
  });

  test('two replicas hand each mail over once', async () => {
    const replica = await start('smtp', { SMTP_URL: smtpUrl(), SMTP_TIMEOUT_MS: '2000' });
    try {
      const orders = Array.from({ length: 10 }, () => orderOf(randomUUID()));
      await Promise.all(orders.map((order) => tell(service, 'order.confirmed', order)));
      for (const { orderId } of orders) await ends(orderId, 'sent');
      expect(new Set(received.map((message) => headerOf(message, 'Message-ID'))).size).toBe(10);
      expect(received).toHaveLength(10);
    } finally {
      await replica.service.close();
    }
  });
});
