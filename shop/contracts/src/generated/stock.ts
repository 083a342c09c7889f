import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { CommitRequest as _shop_stock_v1_CommitRequest, CommitRequest__Output as _shop_stock_v1_CommitRequest__Output } from './shop/stock/v1/CommitRequest.ts';
import type { CommitResponse as _shop_stock_v1_CommitResponse, CommitResponse__Output as _shop_stock_v1_CommitResponse__Output } from './shop/stock/v1/CommitResponse.ts';
import type { Item as _shop_stock_v1_Item, Item__Output as _shop_stock_v1_Item__Output } from './shop/stock/v1/Item.ts';
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
        CommitRequest: MessageTypeDefinition<_shop_stock_v1_CommitRequest, _shop_stock_v1_CommitRequest__Output>
        CommitResponse: MessageTypeDefinition<_shop_stock_v1_CommitResponse, _shop_stock_v1_CommitResponse__Output>
        Item: MessageTypeDefinition<_shop_stock_v1_Item, _shop_stock_v1_Item__Output>
        ReleaseRequest: MessageTypeDefinition<_shop_stock_v1_ReleaseRequest, _shop_stock_v1_ReleaseRequest__Output>
        ReleaseResponse: MessageTypeDefinition<_shop_stock_v1_ReleaseResponse, _shop_stock_v1_ReleaseResponse__Output>
        ReserveRequest: MessageTypeDefinition<_shop_stock_v1_ReserveRequest, _shop_stock_v1_ReserveRequest__Output>
        ReserveResponse: MessageTypeDefinition<_shop_stock_v1_ReserveResponse, _shop_stock_v1_ReserveResponse__Output>
        StockService: SubtypeConstructor<typeof grpc.Client, _shop_stock_v1_StockServiceClient> & { service: _shop_stock_v1_StockServiceDefinition }
      }
    }
  }
}

