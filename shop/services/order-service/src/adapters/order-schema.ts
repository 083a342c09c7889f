/**
 * The shape of an order outside the program: in JSON columns and in answers. Not what a buyer may send: that is place-route.ts'.
 */
import { Type } from '@hikyaku/service';

export const OrderItemBody = Type.Object({
  productId: Type.String(),
  name: Type.Object({ ja: Type.String(), en: Type.String() }),
  unitPriceYen: Type.Integer(),
  quantity: Type.Integer(),
});

export const ShippingAddressBody = Type.Object({
  name: Type.String(),
  postalCode: Type.String(),
  prefecture: Type.String(),
  city: Type.String(),
  line1: Type.String(),
  line2: Type.Optional(Type.String()),
});

export const OrderBody = Type.Object({
  id: Type.String(),
  status: Type.Enum(['pending', 'confirmed', 'cancelled']),
  reason: Type.Optional(Type.String({ description: 'Why it was cancelled: out_of_stock, card_declined, shipping_failed, …' })),
  items: Type.Array(OrderItemBody),
  totalYen: Type.Integer({ description: 'Tax included' }),
  shippingAddress: Type.Optional(ShippingAddressBody),
  payment: Type.Optional(
    Type.Object(
      { actionUrl: Type.String({ description: 'Where the buyer confirms the payment' }) },
      { description: 'Only while open' },
    ),
  ),
  shipment: Type.Optional(Type.Object({ trackingNumber: Type.String(), shippedAt: Type.String() })),
  createdAt: Type.String(),
});
