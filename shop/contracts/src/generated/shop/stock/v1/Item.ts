// Original file: shop/stock/v1/stock.proto


export interface Item {
  'productId'?: (string);
  /**
   * Pieces, at least 1.
   */
  'quantity'?: (number);
}

export interface Item__Output {
  'productId': (string);
  /**
   * Pieces, at least 1.
   */
  'quantity': (number);
}
