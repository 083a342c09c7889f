// Original file: shop/stock/v1/stock.proto

import type { Bilingual as _shop_stock_v1_Bilingual, Bilingual__Output as _shop_stock_v1_Bilingual__Output } from '../../../shop/stock/v1/Bilingual.ts';

export interface Quote {
  'productId'?: (string);
  'name'?: (_shop_stock_v1_Bilingual | null);
  /**
   * Tax included.
   */
  'priceYen'?: (number);
  /**
   * Pieces that can be ordered now.
   */
  'stock'?: (number);
}

export interface Quote__Output {
  'productId': (string);
  'name': (_shop_stock_v1_Bilingual__Output | null);
  /**
   * Tax included.
   */
  'priceYen': (number);
  /**
   * Pieces that can be ordered now.
   */
  'stock': (number);
}
