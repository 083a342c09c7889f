// Original file: shop/stock/v1/stock.proto


export interface ReserveResponse {
  /**
   * When the reservation ends by itself unless the order is confirmed, RFC 3339.
   */
  'expiresAt'?: (string);
}

export interface ReserveResponse__Output {
  /**
   * When the reservation ends by itself unless the order is confirmed, RFC 3339.
   */
  'expiresAt': (string);
}
