// Original file: shop/stock/v1/stock.proto


export interface CommitResponse {
}

export interface CommitResponse__Output {
}
