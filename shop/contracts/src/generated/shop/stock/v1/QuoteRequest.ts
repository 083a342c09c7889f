// Original file: shop/stock/v1/stock.proto


export interface QuoteRequest {
  'productIds'?: (string)[];
}

export interface QuoteRequest__Output {
  'productIds': (string)[];
}
