// Original file: shop/stock/v1/stock.proto

import type { ReserveRequest as _shop_stock_v1_ReserveRequest, ReserveRequest__Output as _shop_stock_v1_ReserveRequest__Output } from '../../../shop/stock/v1/ReserveRequest.ts';

export interface ReserveManyRequest {
  'orders'?: (_shop_stock_v1_ReserveRequest)[];
}

export interface ReserveManyRequest__Output {
  'orders': (_shop_stock_v1_ReserveRequest__Output)[];
}
