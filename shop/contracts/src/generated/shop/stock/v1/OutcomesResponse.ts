// Original file: shop/stock/v1/stock.proto

import type { Outcome as _shop_stock_v1_Outcome, Outcome__Output as _shop_stock_v1_Outcome__Output } from '../../../shop/stock/v1/Outcome.ts';

export interface OutcomesResponse {
  'outcomes'?: (_shop_stock_v1_Outcome)[];
}

export interface OutcomesResponse__Output {
  'outcomes': (_shop_stock_v1_Outcome__Output)[];
}
