// Original file: shop/stock/v1/stock.proto


export interface CommitRequest {
  /**
   * A UUID.
   */
  'orderId'?: (string);
}

export interface CommitRequest__Output {
  /**
   * A UUID.
   */
  'orderId': (string);
}
