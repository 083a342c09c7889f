// Original file: shop/stock/v1/stock.proto


/**
 * What a single call says with google.rpc.ErrorInfo.
 */
export interface Refusal {
  'reason'?: (string);
  /**
   * With `out_of_stock`.
   */
  'productId'?: (string);
}

/**
 * What a single call says with google.rpc.ErrorInfo.
 */
export interface Refusal__Output {
  'reason': (string);
  /**
   * With `out_of_stock`.
   */
  'productId': (string);
}
