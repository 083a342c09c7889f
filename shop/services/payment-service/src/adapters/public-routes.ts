/**
 * What a signed-in user asks of this service, directly or through another one: tokenising a card, reading an invoice.
 */
import { type HttpServer, problem, Type } from '@hikyaku/service';
import type { InvoiceBook } from '../application/invoicing.ts';
import type { Tokenise } from '../application/payment-methods.ts';
import { CardRefused } from '../application/payment-provider.ts';
import { CardRejected } from '../domain/card.ts';
import { InvoiceItemBody } from './invoice-book.ts';

const CardBody = Type.Object({
  number: Type.String({ maxLength: 40 }),
  expMonth: Type.Optional(Type.Integer({ minimum: 1, maximum: 12 })),
  expYear: Type.Optional(Type.Integer({ minimum: 2000, maximum: 9999 })),
});

const PaymentMethodBody = Type.Object({ token: Type.String(), brand: Type.String(), last4: Type.String() });

const InvoiceBody = Type.Object({
  number: Type.String(),
  orderId: Type.String(),
  items: Type.Array(InvoiceItemBody),
  totalYen: Type.Integer({ description: 'Tax included' }),
  issuedAt: Type.String(),
});

const signedIn = { auth: 'required' as const };

export function publicRoutes(http: HttpServer, { tokenise, invoices }: { tokenise: Tokenise; invoices: InvoiceBook }): void {
  const method = { schema: { body: CardBody, response: { 201: PaymentMethodBody } }, config: signedIn };
  http.post('/payment-methods', method, async (request, reply) => {
    const created = await tokenise(request.user?.id ?? '', request.body).catch(refuse);
    return reply.code(201).send(created);
  });

  const invoice = { params: Type.Object({ orderId: Type.String({ format: 'uuid' }) }), response: { 200: InvoiceBody } };
  http.get('/invoices/:orderId', { schema: invoice, config: signedIn }, async ({ params: { orderId }, user }) => {
    const found = await invoices.find(orderId);
    if (found === undefined || found.userId !== user?.id) throw problem(404, { detail: 'There is no invoice for this order.' });
    return found;
  });
}

function refuse(error: unknown): never {
  if (!(error instanceof CardRejected || error instanceof CardRefused)) throw error;
  throw problem(422, {
    type: `urn:shop:problem:${error.code}`,
    detail: error.message,
    errors: [{ in: 'body', pointer: '#/number', detail: error.message }],
  });
}
