/**
 * Where the buyer gives or refuses consent (the challenge of 3-D Secure). The address is a secret of the buyer's. An answer counts
 * only when it comes from the page that was shown to this browser: the form carries an HMAC of a cookie that no other site can read
 * or send (SameSite=Strict), and a browser that says the request is another site's is believed.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { type HttpServer, Type } from '@hikyaku/service';
import { consentPage, type Language, pageHeaders, refusalPage } from './consent-page.ts';
import type { Ledger } from './ledger.ts';

export interface ConsentRoutesOptions {
  ledger: Ledger;
  /** Signs what the form carries; the same in every replica. */
  secret: string;
  /** Path of the pages as the browser sees it, for the cookie. */
  publicPath: string;
}

const Params = Type.Object({ id: Type.String({ minLength: 1, maxLength: 100 }) });
const Query = Type.Object({ lang: Type.Optional(Type.String()) });
const schema = { params: Params, querystring: Query };

const cookieName = 'consent';

export async function consentRoutes(http: HttpServer, options: ConsentRoutesOptions): Promise<void> {
  await http.register((scope: HttpServer, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: 4096 },
      (_request, body, parsed) => parsed(null, new URLSearchParams(body.toString())),
    );
    showPage(scope, options);
    takeAnswer(scope, options);
    done();
  });
}

function showPage(http: HttpServer, { ledger, secret, publicPath }: ConsentRoutesOptions): void {
  http.get('/3ds/:id', { schema }, async ({ params: { id }, query, headers }, reply) => {
    const language = languageOf(query.lang, headers);
    const payment = await ledger.findByAuthentication(id);
    if (!payment) return reply.code(404).headers(pageHeaders).send(refusalPage(language, 'missing'));
    const nonce = cookieOf(headers) ?? randomBytes(16).toString('base64url');
    return reply
      .headers({ ...pageHeaders, 'set-cookie': `${cookieName}=${nonce}; Path=${publicPath}; HttpOnly; SameSite=Strict` })
      .send(consentPage({ payment, language, formToken: tokenOf(secret, nonce, id) }));
  });
}

function takeAnswer(http: HttpServer, { ledger, secret }: ConsentRoutesOptions): void {
  http.post('/3ds/:id', { schema }, async ({ params: { id }, query, headers, body }, reply) => {
    const language = languageOf(query.lang, headers);
    const form = body instanceof URLSearchParams ? body : new URLSearchParams();
    const nonce = cookieOf(headers);
    const isOurs =
      nonce !== undefined && isSame(form.get('token') ?? '', tokenOf(secret, nonce, id)) && !isFromElsewhere(headers);
    const payment = await ledger.findByAuthentication(id);
    if (!payment) return reply.code(404).headers(pageHeaders).send(refusalPage(language, 'missing'));
    const answer = form.get('answer');
    if (!isOurs || (answer !== 'approve' && answer !== 'refuse'))
      return reply.code(403).headers(pageHeaders).send(refusalPage(language, 'stale'));
    await ledger.apply(answer, payment.key);
    // The page itself shows what became of it, and may be loaded again. Relative: the gateway's path is not this one.
    return reply.code(303).header('location', `?lang=${language}`).send();
  });
}

const tokenOf = (secret: string, nonce: string, id: string): string =>
  createHmac('sha256', secret).update(`${nonce} ${id}`).digest('base64url');

function isSame(given: string, expected: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(expected)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** Fetch Metadata (W3C), which every current browser sends. */
function isFromElsewhere(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  return site !== undefined && site !== 'same-origin';
}

const cookieOf = ({ cookie = '' }: IncomingHttpHeaders): string | undefined =>
  new RegExp(`(?:^|; *)${cookieName}=([\\w-]{22})(?:;|$)`).exec(cookie)?.[1];

/** What was asked for, else what the browser prefers of the two, else Japanese. */
function languageOf(asked: string | undefined, headers: IncomingHttpHeaders): Language {
  if (asked === 'ja' || asked === 'en') return asked;
  const first = /\b(ja|en)\b/i.exec(headers['accept-language'] ?? '')?.[1]?.toLowerCase();
  return first === 'en' ? 'en' : 'ja';
}
