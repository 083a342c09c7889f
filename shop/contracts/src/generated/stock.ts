import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { Bilingual as _shop_stock_v1_Bilingual, Bilingual__Output as _shop_stock_v1_Bilingual__Output } from './shop/stock/v1/Bilingual.ts';
import type { Item as _shop_stock_v1_Item, Item__Output as _shop_stock_v1_Item__Output } from './shop/stock/v1/Item.ts';
import type { Quote as _shop_stock_v1_Quote, Quote__Output as _shop_stock_v1_Quote__Output } from './shop/stock/v1/Quote.ts';
import type { QuoteRequest as _shop_stock_v1_QuoteRequest, QuoteRequest__Output as _shop_stock_v1_QuoteRequest__Output } from './shop/stock/v1/QuoteRequest.ts';
import type { QuoteResponse as _shop_stock_v1_QuoteResponse, QuoteResponse__Output as _shop_stock_v1_QuoteResponse__Output } from './shop/stock/v1/QuoteResponse.ts';
import type { ReleaseRequest as _shop_stock_v1_ReleaseRequest, ReleaseRequest__Output as _shop_stock_v1_ReleaseRequest__Output } from './shop/stock/v1/ReleaseRequest.ts';
import type { ReleaseResponse as _shop_stock_v1_ReleaseResponse, ReleaseResponse__Output as _shop_stock_v1_ReleaseResponse__Output } from './shop/stock/v1/ReleaseResponse.ts';
import type { ReserveRequest as _shop_stock_v1_ReserveRequest, ReserveRequest__Output as _shop_stock_v1_ReserveRequest__Output } from './shop/stock/v1/ReserveRequest.ts';
import type { ReserveResponse as _shop_stock_v1_ReserveResponse, ReserveResponse__Output as _shop_stock_v1_ReserveResponse__Output } from './shop/stock/v1/ReserveResponse.ts';
import type { StockServiceClient as _shop_stock_v1_StockServiceClient, StockServiceDefinition as _shop_stock_v1_StockServiceDefinition } from './shop/stock/v1/StockService.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  shop: {
    stock: {
      v1: {
        Bilingual: MessageTypeDefinition<_shop_stock_v1_Bilingual, _shop_stock_v1_Bilingual__Output>
        Item: MessageTypeDefinition<_shop_stock_v1_Item, _shop_stock_v1_Item__Output>
        Quote: MessageTypeDefinition<_shop_stock_v1_Quote, _shop_stock_v1_Quote__Output>
        QuoteRequest: MessageTypeDefinition<_shop_stock_v1_QuoteRequest, _shop_stock_v1_QuoteRequest__Output>
        QuoteResponse: MessageTypeDefinition<_shop_stock_v1_QuoteResponse, _shop_stock_v1_QuoteResponse__Output>
        ReleaseRequest: MessageTypeDefinition<_shop_stock_v1_ReleaseRequest, _shop_stock_v1_ReleaseRequest__Output>
        ReleaseResponse: MessageTypeDefinition<_shop_stock_v1_ReleaseResponse, _shop_stock_v1_ReleaseResponse__Output>
        ReserveRequest: MessageTypeDefinition<_shop_stock_v1_ReserveRequest, _shop_stock_v1_ReserveRequest__Output>
        ReserveResponse: MessageTypeDefinition<_shop_stock_v1_ReserveResponse, _shop_stock_v1_ReserveResponse__Output>
        StockService: SubtypeConstructor<typeof grpc.Client, _shop_stock_v1_StockServiceClient> & { service: _shop_stock_v1_StockServiceDefinition }
      }
    }
  }
}

