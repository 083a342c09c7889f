// Original file: shop/stock/v1/stock.proto

import type { CommitRequest as _shop_stock_v1_CommitRequest, CommitRequest__Output as _shop_stock_v1_CommitRequest__Output } from '../../../shop/stock/v1/CommitRequest.ts';

export interface CommitManyRequest {
  'orders'?: (_shop_stock_v1_CommitRequest)[];
}

export interface CommitManyRequest__Output {
  'orders': (_shop_stock_v1_CommitRequest__Output)[];
}
