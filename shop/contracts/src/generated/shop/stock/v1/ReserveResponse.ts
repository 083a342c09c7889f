// Original file: shop/stock/v1/stock.proto


export interface ReserveResponse {
}

export interface ReserveResponse__Output {
}
