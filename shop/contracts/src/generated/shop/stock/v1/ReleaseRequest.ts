// Original file: shop/stock/v1/stock.proto


export interface ReleaseRequest {
  /**
   * A UUID.
   */
  'orderId'?: (string);
}

export interface ReleaseRequest__Output {
  /**
   * A UUID.
   */
  'orderId': (string);
}
