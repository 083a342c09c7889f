// Original file: shop/stock/v1/stock.proto


export interface Bilingual {
  'ja'?: (string);
  'en'?: (string);
}

export interface Bilingual__Output {
  'ja': (string);
  'en': (string);
}
