// Original file: shop/stock/v1/stock.proto

import type { Quote as _shop_stock_v1_Quote, Quote__Output as _shop_stock_v1_Quote__Output } from '../../../shop/stock/v1/Quote.ts';

export interface QuoteResponse {
  'quotes'?: (_shop_stock_v1_Quote)[];
}

export interface QuoteResponse__Output {
  'quotes': (_shop_stock_v1_Quote__Output)[];
}
