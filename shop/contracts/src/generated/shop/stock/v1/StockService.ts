// Original file: shop/stock/v1/stock.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { CommitManyRequest as _shop_stock_v1_CommitManyRequest, CommitManyRequest__Output as _shop_stock_v1_CommitManyRequest__Output } from '../../../shop/stock/v1/CommitManyRequest.ts';
import type { OutcomesResponse as _shop_stock_v1_OutcomesResponse, OutcomesResponse__Output as _shop_stock_v1_OutcomesResponse__Output } from '../../../shop/stock/v1/OutcomesResponse.ts';
import type { ReleaseRequest as _shop_stock_v1_ReleaseRequest, ReleaseRequest__Output as _shop_stock_v1_ReleaseRequest__Output } from '../../../shop/stock/v1/ReleaseRequest.ts';
import type { ReleaseResponse as _shop_stock_v1_ReleaseResponse, ReleaseResponse__Output as _shop_stock_v1_ReleaseResponse__Output } from '../../../shop/stock/v1/ReleaseResponse.ts';
import type { ReserveManyRequest as _shop_stock_v1_ReserveManyRequest, ReserveManyRequest__Output as _shop_stock_v1_ReserveManyRequest__Output } from '../../../shop/stock/v1/ReserveManyRequest.ts';

export interface StockServiceClient extends grpc.Client {
  /**
   * The orders are about to be confirmed: from now on they keep what they hold for as long as that takes. What one held until its time was up is
   * taken once more, or refused with `out_of_stock` when others have bought it since.
   */
  CommitMany(argument: _shop_stock_v1_CommitManyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_shop_stock_v1_OutcomesResponse__Output>): grpc.ClientUnaryCall;
  CommitMany(argument: _shop_stock_v1_CommitManyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_shop_stock_v1_OutcomesResponse__Output>): grpc.ClientUnaryCall;
  CommitMany(argument: _shop_stock_v1_CommitManyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_shop_stock_v1_OutcomesResponse__Output>): grpc.ClientUnaryCall;
  CommitMany(argument: _shop_stock_v1_CommitManyRequest, callback: grpc.requestCallback<_shop_stock_v1_OutcomesResponse__Output>): grpc.ClientUnaryCall;
  /**
   * The orders are about to be confirmed: from now on they keep what they hold for as long as that takes. What one held until its time was up is
   * taken once more, or refused with `out_of_stock` when others have bought it since.
   */
  commitMany(argument: _shop_stock_v1_CommitManyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_shop_stock_v1_OutcomesResponse__Output>): grpc.ClientUnaryCall;
  commitMany(argument: _shop_stock_v1_CommitManyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_shop_stock_v1_OutcomesResponse__Output>): grpc.ClientUnaryCall;
  commitMany(argument: _shop_stock_v1_CommitManyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_shop_stock_v1_OutcomesResponse__Output>): grpc.ClientUnaryCall;
  commitMany(argument: _shop_stock_v1_CommitManyRequest, callback: grpc.requestCallback<_shop_stock_v1_OutcomesResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Gives back what the order holds, and refuses any ReserveMany for it that is still to come.
   */
  Release(argument: _shop_stock_v1_ReleaseRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_shop_stock_v1_ReleaseResponse__Output>): grpc.ClientUnaryCall;
  Release(argument: _shop_stock_v1_ReleaseRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_shop_stock_v1_ReleaseResponse__Output>): grpc.ClientUnaryCall;
  Release(argument: _shop_stock_v1_ReleaseRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_shop_stock_v1_ReleaseResponse__Output>): grpc.ClientUnaryCall;
  Release(argument: _shop_stock_v1_ReleaseRequest, callback: grpc.requestCallback<_shop_stock_v1_ReleaseResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Gives back what the order holds, and refuses any ReserveMany for it that is still to come.
   */
  release(argument: _shop_stock_v1_ReleaseRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_shop_stock_v1_ReleaseResponse__Output>): grpc.ClientUnaryCall;
  release(argument: _shop_stock_v1_ReleaseRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_shop_stock_v1_ReleaseResponse__Output>): grpc.ClientUnaryCall;
  release(argument: _shop_stock_v1_ReleaseRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_shop_stock_v1_ReleaseResponse__Output>): grpc.ClientUnaryCall;
  release(argument: _shop_stock_v1_ReleaseRequest, callback: grpc.requestCallback<_shop_stock_v1_ReleaseResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Holds the items for each order, all or none of an order. Asking again for the same order changes nothing. 100 orders at most, as below.
   */
  ReserveMany(argument: _shop_stock_v1_ReserveManyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_shop_stock_v1_OutcomesResponse__Output>): grpc.ClientUnaryCall;
  ReserveMany(argument: _shop_stock_v1_ReserveManyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_shop_stock_v1_OutcomesResponse__Output>): grpc.ClientUnaryCall;
  ReserveMany(argument: _shop_stock_v1_ReserveManyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_shop_stock_v1_OutcomesResponse__Output>): grpc.ClientUnaryCall;
  ReserveMany(argument: _shop_stock_v1_ReserveManyRequest, callback: grpc.requestCallback<_shop_stock_v1_OutcomesResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Holds the items for each order, all or none of an order. Asking again for the same order changes nothing. 100 orders at most, as below.
   */
  reserveMany(argument: _shop_stock_v1_ReserveManyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_shop_stock_v1_OutcomesResponse__Output>): grpc.ClientUnaryCall;
  reserveMany(argument: _shop_stock_v1_ReserveManyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_shop_stock_v1_OutcomesResponse__Output>): grpc.ClientUnaryCall;
  reserveMany(argument: _shop_stock_v1_ReserveManyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_shop_stock_v1_OutcomesResponse__Output>): grpc.ClientUnaryCall;
  reserveMany(argument: _shop_stock_v1_ReserveManyRequest, callback: grpc.requestCallback<_shop_stock_v1_OutcomesResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface StockServiceHandlers extends grpc.UntypedServiceImplementation {
  /**
   * The orders are about to be confirmed: from now on they keep what they hold for as long as that takes. What one held until its time was up is
   * taken once more, or refused with `out_of_stock` when others have bought it since.
   */
  CommitMany: grpc.handleUnaryCall<_shop_stock_v1_CommitManyRequest__Output, _shop_stock_v1_OutcomesResponse>;
  
  /**
   * Gives back what the order holds, and refuses any ReserveMany for it that is still to come.
   */
  Release: grpc.handleUnaryCall<_shop_stock_v1_ReleaseRequest__Output, _shop_stock_v1_ReleaseResponse>;
  
  /**
   * Holds the items for each order, all or none of an order. Asking again for the same order changes nothing. 100 orders at most, as below.
   */
  ReserveMany: grpc.handleUnaryCall<_shop_stock_v1_ReserveManyRequest__Output, _shop_stock_v1_OutcomesResponse>;
  
}

export interface StockServiceDefinition extends grpc.ServiceDefinition {
  CommitMany: MethodDefinition<_shop_stock_v1_CommitManyRequest, _shop_stock_v1_OutcomesResponse, _shop_stock_v1_CommitManyRequest__Output, _shop_stock_v1_OutcomesResponse__Output>
  Release: MethodDefinition<_shop_stock_v1_ReleaseRequest, _shop_stock_v1_ReleaseResponse, _shop_stock_v1_ReleaseRequest__Output, _shop_stock_v1_ReleaseResponse__Output>
  ReserveMany: MethodDefinition<_shop_stock_v1_ReserveManyRequest, _shop_stock_v1_OutcomesResponse, _shop_stock_v1_ReserveManyRequest__Output, _shop_stock_v1_OutcomesResponse__Output>
}
