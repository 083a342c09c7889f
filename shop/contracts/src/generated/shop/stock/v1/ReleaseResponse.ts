// Original file: shop/stock/v1/stock.proto


export interface ReleaseResponse {
}

export interface ReleaseResponse__Output {
}
