import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { CommitManyRequest as _shop_stock_v1_CommitManyRequest, CommitManyRequest__Output as _shop_stock_v1_CommitManyRequest__Output } from './shop/stock/v1/CommitManyRequest.ts';
import type { CommitRequest as _shop_stock_v1_CommitRequest, CommitRequest__Output as _shop_stock_v1_CommitRequest__Output } from './shop/stock/v1/CommitRequest.ts';
import type { Item as _shop_stock_v1_Item, Item__Output as _shop_stock_v1_Item__Output } from './shop/stock/v1/Item.ts';
import type { Outcome as _shop_stock_v1_Outcome, Outcome__Output as _shop_stock_v1_Outcome__Output } from './shop/stock/v1/Outcome.ts';
import type { OutcomesResponse as _shop_stock_v1_OutcomesResponse, OutcomesResponse__Output as _shop_stock_v1_OutcomesResponse__Output } from './shop/stock/v1/OutcomesResponse.ts';
import type { Refusal as _shop_stock_v1_Refusal, Refusal__Output as _shop_stock_v1_Refusal__Output } from './shop/stock/v1/Refusal.ts';
import type { ReleaseRequest as _shop_stock_v1_ReleaseRequest, ReleaseRequest__Output as _shop_stock_v1_ReleaseRequest__Output } from './shop/stock/v1/ReleaseRequest.ts';
import type { ReleaseResponse as _shop_stock_v1_ReleaseResponse, ReleaseResponse__Output as _shop_stock_v1_ReleaseResponse__Output } from './shop/stock/v1/ReleaseResponse.ts';
import type { ReserveManyRequest as _shop_stock_v1_ReserveManyRequest, ReserveManyRequest__Output as _shop_stock_v1_ReserveManyRequest__Output } from './shop/stock/v1/ReserveManyRequest.ts';
import type { ReserveRequest as _shop_stock_v1_ReserveRequest, ReserveRequest__Output as _shop_stock_v1_ReserveRequest__Output } from './shop/stock/v1/ReserveRequest.ts';
import type { StockServiceClient as _shop_stock_v1_StockServiceClient, StockServiceDefinition as _shop_stock_v1_StockServiceDefinition } from './shop/stock/v1/StockService.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  shop: {
    stock: {
      v1: {
        CommitManyRequest: MessageTypeDefinition<_shop_stock_v1_CommitManyRequest, _shop_stock_v1_CommitManyRequest__Output>
        CommitRequest: MessageTypeDefinition<_shop_stock_v1_CommitRequest, _shop_stock_v1_CommitRequest__Output>
        Item: MessageTypeDefinition<_shop_stock_v1_Item, _shop_stock_v1_Item__Output>
        Outcome: MessageTypeDefinition<_shop_stock_v1_Outcome, _shop_stock_v1_Outcome__Output>
        OutcomesResponse: MessageTypeDefinition<_shop_stock_v1_OutcomesResponse, _shop_stock_v1_OutcomesResponse__Output>
        Refusal: MessageTypeDefinition<_shop_stock_v1_Refusal, _shop_stock_v1_Refusal__Output>
        ReleaseRequest: MessageTypeDefinition<_shop_stock_v1_ReleaseRequest, _shop_stock_v1_ReleaseRequest__Output>
        ReleaseResponse: MessageTypeDefinition<_shop_stock_v1_ReleaseResponse, _shop_stock_v1_ReleaseResponse__Output>
        ReserveManyRequest: MessageTypeDefinition<_shop_stock_v1_ReserveManyRequest, _shop_stock_v1_ReserveManyRequest__Output>
        ReserveRequest: MessageTypeDefinition<_shop_stock_v1_ReserveRequest, _shop_stock_v1_ReserveRequest__Output>
        StockService: SubtypeConstructor<typeof grpc.Client, _shop_stock_v1_StockServiceClient> & { service: _shop_stock_v1_StockServiceDefinition }
      }
    }
  }
}

