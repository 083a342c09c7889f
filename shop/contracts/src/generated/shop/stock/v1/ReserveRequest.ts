// Original file: shop/stock/v1/stock.proto

import type { Item as _shop_stock_v1_Item, Item__Output as _shop_stock_v1_Item__Output } from '../../../shop/stock/v1/Item.ts';

export interface ReserveRequest {
  /**
   * A UUID.
   */
  'orderId'?: (string);
  'items'?: (_shop_stock_v1_Item)[];
}

export interface ReserveRequest__Output {
  /**
   * A UUID.
   */
  'orderId': (string);
  'items': (_shop_stock_v1_Item__Output)[];
}
