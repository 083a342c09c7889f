// Original file: shop/stock/v1/stock.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { CommitManyRequest as _shop_stock_v1_CommitManyRequest, CommitManyRequest__Output as _shop_stock_v1_CommitManyRequest__Output } from '../../../shop/stock/v1/CommitManyRequest.ts';
import type { CommitRequest as _shop_stock_v1_CommitRequest, CommitRequest__Output as _shop_stock_v1_CommitRequest__Output } from '../../../shop/stock/v1/CommitRequest.ts';
import type { CommitResponse as _shop_stock_v1_CommitResponse, CommitResponse__Output as _shop_stock_v1_CommitResponse__Output } from '../../../shop/stock/v1/CommitResponse.ts';
import type { OutcomesResponse as _shop_stock_v1_OutcomesResponse, OutcomesResponse__Output as _shop_stock_v1_OutcomesResponse__Output } from '../../../shop/stock/v1/OutcomesResponse.ts';
import type { ReleaseRequest as _shop_stock_v1_ReleaseRequest, ReleaseRequest__Output as _shop_stock_v1_ReleaseRequest__Output } from '../../../shop/stock/v1/ReleaseRequest.ts';
import type { ReleaseResponse as _shop_stock_v1_ReleaseResponse, ReleaseResponse__Output as _shop_stock_v1_ReleaseResponse__Output } from '../../../shop/stock/v1/ReleaseResponse.ts';
import type { ReserveManyRequest as _shop_stock_v1_ReserveManyRequest, ReserveManyRequest__Output as _shop_stock_v1_ReserveManyRequest__Output } from '../../../shop/stock/v1/ReserveManyRequest.ts';
import type { ReserveRequest as _shop_stock_v1_ReserveRequest, ReserveRequest__Output as _shop_stock_v1_ReserveRequest__Output } from '../../../shop/stock/v1/ReserveRequest.ts';
import type { ReserveResponse as _shop_stock_v1_ReserveResponse, ReserveResponse__Output as _shop_stock_v1_ReserveResponse__Output } from '../../../shop/stock/v1/ReserveResponse.ts';

export interface StockServiceClient extends grpc.Client {
  /**
   * The order is about to be confirmed: from now on it keeps what it holds for as long as that takes. What it held until its time was up is
   * taken once more, or refused with `out_of_stock` when others have bought it since.
   */
  Commit(argument: _shop_stock_v1_CommitRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_shop_stock_v1_CommitResponse__Output>): grpc.ClientUnaryCall;
  Commit(argument: _shop_stock_v1_CommitRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_shop_stock_v1_CommitResponse__Output>): grpc.ClientUnaryCall;
  Commit(argument: _shop_stock_v1_CommitRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_shop_stock_v1_CommitResponse__Output>): grpc.ClientUnaryCall;
  Commit(argument: _shop_stock_v1_CommitRequest, callback: grpc.requestCallback<_shop_stock_v1_CommitResponse__Output>): grpc.ClientUnaryCall;
  /**
   * The order is about to be confirmed: from now on it keeps what it holds for as long as that takes. What it held until its time was up is
   * taken once more, or refused with `out_of_stock` when others have bought it since.
   */
  commit(argument: _shop_stock_v1_CommitRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_shop_stock_v1_CommitResponse__Output>): grpc.ClientUnaryCall;
  commit(argument: _shop_stock_v1_CommitRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_shop_stock_v1_CommitResponse__Output>): grpc.ClientUnaryCall;
  commit(argument: _shop_stock_v1_CommitRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_shop_stock_v1_CommitResponse__Output>): grpc.ClientUnaryCall;
  commit(argument: _shop_stock_v1_CommitRequest, callback: grpc.requestCallback<_shop_stock_v1_CommitResponse__Output>): grpc.ClientUnaryCall;
  
  CommitMany(argument: _shop_stock_v1_CommitManyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_shop_stock_v1_OutcomesResponse__Output>): grpc.ClientUnaryCall;
  CommitMany(argument: _shop_stock_v1_CommitManyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_shop_stock_v1_OutcomesResponse__Output>): grpc.ClientUnaryCall;
  CommitMany(argument: _shop_stock_v1_CommitManyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_shop_stock_v1_OutcomesResponse__Output>): grpc.ClientUnaryCall;
  CommitMany(argument: _shop_stock_v1_CommitManyRequest, callback: grpc.requestCallback<_shop_stock_v1_OutcomesResponse__Output>): grpc.ClientUnaryCall;
  commitMany(argument: _shop_stock_v1_CommitManyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_shop_stock_v1_OutcomesResponse__Output>): grpc.ClientUnaryCall;
  commitMany(argument: _shop_stock_v1_CommitManyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_shop_stock_v1_OutcomesResponse__Output>): grpc.ClientUnaryCall;
  commitMany(argument: _shop_stock_v1_CommitManyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_shop_stock_v1_OutcomesResponse__Output>): grpc.ClientUnaryCall;
  commitMany(argument: _shop_stock_v1_CommitManyRequest, callback: grpc.requestCallback<_shop_stock_v1_OutcomesResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Gives back what the order holds, and refuses any Reserve that is still to come.
   */
  Release(argument: _shop_stock_v1_ReleaseRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_shop_stock_v1_ReleaseResponse__Output>): grpc.ClientUnaryCall;
  Release(argument: _shop_stock_v1_ReleaseRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_shop_stock_v1_ReleaseResponse__Output>): grpc.ClientUnaryCall;
  Release(argument: _shop_stock_v1_ReleaseRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_shop_stock_v1_ReleaseResponse__Output>): grpc.ClientUnaryCall;
  Release(argument: _shop_stock_v1_ReleaseRequest, callback: grpc.requestCallback<_shop_stock_v1_ReleaseResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Gives back what the order holds, and refuses any Reserve that is still to come.
   */
  release(argument: _shop_stock_v1_ReleaseRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_shop_stock_v1_ReleaseResponse__Output>): grpc.ClientUnaryCall;
  release(argument: _shop_stock_v1_ReleaseRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_shop_stock_v1_ReleaseResponse__Output>): grpc.ClientUnaryCall;
  release(argument: _shop_stock_v1_ReleaseRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_shop_stock_v1_ReleaseResponse__Output>): grpc.ClientUnaryCall;
  release(argument: _shop_stock_v1_ReleaseRequest, callback: grpc.requestCallback<_shop_stock_v1_ReleaseResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Holds the items for an order, all or none. Asking again for the same order changes nothing.
   */
  Reserve(argument: _shop_stock_v1_ReserveRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_shop_stock_v1_ReserveResponse__Output>): grpc.ClientUnaryCall;
  Reserve(argument: _shop_stock_v1_ReserveRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_shop_stock_v1_ReserveResponse__Output>): grpc.ClientUnaryCall;
  Reserve(argument: _shop_stock_v1_ReserveRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_shop_stock_v1_ReserveResponse__Output>): grpc.ClientUnaryCall;
  Reserve(argument: _shop_stock_v1_ReserveRequest, callback: grpc.requestCallback<_shop_stock_v1_ReserveResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Holds the items for an order, all or none. Asking again for the same order changes nothing.
   */
  reserve(argument: _shop_stock_v1_ReserveRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_shop_stock_v1_ReserveResponse__Output>): grpc.ClientUnaryCall;
  reserve(argument: _shop_stock_v1_ReserveRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_shop_stock_v1_ReserveResponse__Output>): grpc.ClientUnaryCall;
  reserve(argument: _shop_stock_v1_ReserveRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_shop_stock_v1_ReserveResponse__Output>): grpc.ClientUnaryCall;
  reserve(argument: _shop_stock_v1_ReserveRequest, callback: grpc.requestCallback<_shop_stock_v1_ReserveResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * As Reserve and Commit for several orders, 100 at most. Each is answered for itself, in the order of the request; a refusal of one is no error
   * of the call. After an error some of them may be done.
   */
  ReserveMany(argument: _shop_stock_v1_ReserveManyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_shop_stock_v1_OutcomesResponse__Output>): grpc.ClientUnaryCall;
  ReserveMany(argument: _shop_stock_v1_ReserveManyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_shop_stock_v1_OutcomesResponse__Output>): grpc.ClientUnaryCall;
  ReserveMany(argument: _shop_stock_v1_ReserveManyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_shop_stock_v1_OutcomesResponse__Output>): grpc.ClientUnaryCall;
  ReserveMany(argument: _shop_stock_v1_ReserveManyRequest, callback: grpc.requestCallback<_shop_stock_v1_OutcomesResponse__Output>): grpc.ClientUnaryCall;
  /**
   * As Reserve and Commit for several orders, 100 at most. Each is answered for itself, in the order of the request; a refusal of one is no error
   * of the call. After an error some of them may be done.
   */
  reserveMany(argument: _shop_stock_v1_ReserveManyRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_shop_stock_v1_OutcomesResponse__Output>): grpc.ClientUnaryCall;
  reserveMany(argument: _shop_stock_v1_ReserveManyRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_shop_stock_v1_OutcomesResponse__Output>): grpc.ClientUnaryCall;
  reserveMany(argument: _shop_stock_v1_ReserveManyRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_shop_stock_v1_OutcomesResponse__Output>): grpc.ClientUnaryCall;
  reserveMany(argument: _shop_stock_v1_ReserveManyRequest, callback: grpc.requestCallback<_shop_stock_v1_OutcomesResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface StockServiceHandlers extends grpc.UntypedServiceImplementation {
  /**
   * The order is about to be confirmed: from now on it keeps what it holds for as long as that takes. What it held until its time was up is
   * taken once more, or refused with `out_of_stock` when others have bought it since.
   */
  Commit: grpc.handleUnaryCall<_shop_stock_v1_CommitRequest__Output, _shop_stock_v1_CommitResponse>;
  
  CommitMany: grpc.handleUnaryCall<_shop_stock_v1_CommitManyRequest__Output, _shop_stock_v1_OutcomesResponse>;
  
  /**
   * Gives back what the order holds, and refuses any Reserve that is still to come.
   */
  Release: grpc.handleUnaryCall<_shop_stock_v1_ReleaseRequest__Output, _shop_stock_v1_ReleaseResponse>;
  
  /**
   * Holds the items for an order, all or none. Asking again for the same order changes nothing.
   */
  Reserve: grpc.handleUnaryCall<_shop_stock_v1_ReserveRequest__Output, _shop_stock_v1_ReserveResponse>;
  
  /**
   * As Reserve and Commit for several orders, 100 at most. Each is answered for itself, in the order of the request; a refusal of one is no error
   * of the call. After an error some of them may be done.
   */
  ReserveMany: grpc.handleUnaryCall<_shop_stock_v1_ReserveManyRequest__Output, _shop_stock_v1_OutcomesResponse>;
  
}

export interface StockServiceDefinition extends grpc.ServiceDefinition {
  Commit: MethodDefinition<_shop_stock_v1_CommitRequest, _shop_stock_v1_CommitResponse, _shop_stock_v1_CommitRequest__Output, _shop_stock_v1_CommitResponse__Output>
  CommitMany: MethodDefinition<_shop_stock_v1_CommitManyRequest, _shop_stock_v1_OutcomesResponse, _shop_stock_v1_CommitManyRequest__Output, _shop_stock_v1_OutcomesResponse__Output>
  Release: MethodDefinition<_shop_stock_v1_ReleaseRequest, _shop_stock_v1_ReleaseResponse, _shop_stock_v1_ReleaseRequest__Output, _shop_stock_v1_ReleaseResponse__Output>
  Reserve: MethodDefinition<_shop_stock_v1_ReserveRequest, _shop_stock_v1_ReserveResponse, _shop_stock_v1_ReserveRequest__Output, _shop_stock_v1_ReserveResponse__Output>
  ReserveMany: MethodDefinition<_shop_stock_v1_ReserveManyRequest, _shop_stock_v1_OutcomesResponse, _shop_stock_v1_ReserveManyRequest__Output, _shop_stock_v1_OutcomesResponse__Output>
}
