// Original file: shop/stock/v1/stock.proto


export interface Refusal {
  'reason'?: (string);
  /**
   * With `out_of_stock`.
   */
  'productId'?: (string);
}

export interface Refusal__Output {
  'reason': (string);
  /**
   * With `out_of_stock`.
   */
  'productId': (string);
}
