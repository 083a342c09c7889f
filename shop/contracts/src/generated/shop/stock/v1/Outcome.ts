// Original file: shop/stock/v1/stock.proto

import type { Refusal as _shop_stock_v1_Refusal, Refusal__Output as _shop_stock_v1_Refusal__Output } from '../../../shop/stock/v1/Refusal.ts';

/**
 * Of one order of several.
 */
export interface Outcome {
  /**
   * Not set when it was done.
   */
  'refusal'?: (_shop_stock_v1_Refusal | null);
}

/**
 * Of one order of several.
 */
export interface Outcome__Output {
  /**
   * Not set when it was done.
   */
  'refusal': (_shop_stock_v1_Refusal__Output | null);
}
