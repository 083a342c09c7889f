// Original file: shop/stock/v1/stock.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { QuoteRequest as _shop_stock_v1_QuoteRequest, QuoteRequest__Output as _shop_stock_v1_QuoteRequest__Output } from '../../../shop/stock/v1/QuoteRequest.ts';
import type { QuoteResponse as _shop_stock_v1_QuoteResponse, QuoteResponse__Output as _shop_stock_v1_QuoteResponse__Output } from '../../../shop/stock/v1/QuoteResponse.ts';
import type { ReleaseRequest as _shop_stock_v1_ReleaseRequest, ReleaseRequest__Output as _shop_stock_v1_ReleaseRequest__Output } from '../../../shop/stock/v1/ReleaseRequest.ts';
import type { ReleaseResponse as _shop_stock_v1_ReleaseResponse, ReleaseResponse__Output as _shop_stock_v1_ReleaseResponse__Output } from '../../../shop/stock/v1/ReleaseResponse.ts';
import type { ReserveRequest as _shop_stock_v1_ReserveRequest, ReserveRequest__Output as _shop_stock_v1_ReserveRequest__Output } from '../../../shop/stock/v1/ReserveRequest.ts';
import type { ReserveResponse as _shop_stock_v1_ReserveResponse, ReserveResponse__Output as _shop_stock_v1_ReserveResponse__Output } from '../../../shop/stock/v1/ReserveResponse.ts';

export interface StockServiceClient extends grpc.Client {
  /**
   * Names, prices and stock of the products that exist, in any order.
   */
  Quote(argument: _shop_stock_v1_QuoteRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_shop_stock_v1_QuoteResponse__Output>): grpc.ClientUnaryCall;
  Quote(argument: _shop_stock_v1_QuoteRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_shop_stock_v1_QuoteResponse__Output>): grpc.ClientUnaryCall;
  Quote(argument: _shop_stock_v1_QuoteRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_shop_stock_v1_QuoteResponse__Output>): grpc.ClientUnaryCall;
  Quote(argument: _shop_stock_v1_QuoteRequest, callback: grpc.requestCallback<_shop_stock_v1_QuoteResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Names, prices and stock of the products that exist, in any order.
   */
  quote(argument: _shop_stock_v1_QuoteRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_shop_stock_v1_QuoteResponse__Output>): grpc.ClientUnaryCall;
  quote(argument: _shop_stock_v1_QuoteRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_shop_stock_v1_QuoteResponse__Output>): grpc.ClientUnaryCall;
  quote(argument: _shop_stock_v1_QuoteRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_shop_stock_v1_QuoteResponse__Output>): grpc.ClientUnaryCall;
  quote(argument: _shop_stock_v1_QuoteRequest, callback: grpc.requestCallback<_shop_stock_v1_QuoteResponse__Output>): grpc.ClientUnaryCall;
  
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
  
}

export interface StockServiceHandlers extends grpc.UntypedServiceImplementation {
  /**
   * Names, prices and stock of the products that exist, in any order.
   */
  Quote: grpc.handleUnaryCall<_shop_stock_v1_QuoteRequest__Output, _shop_stock_v1_QuoteResponse>;
  
  /**
   * Gives back what the order holds, and refuses any Reserve that is still to come.
   */
  Release: grpc.handleUnaryCall<_shop_stock_v1_ReleaseRequest__Output, _shop_stock_v1_ReleaseResponse>;
  
  /**
   * Holds the items for an order, all or none. Asking again for the same order changes nothing.
   */
  Reserve: grpc.handleUnaryCall<_shop_stock_v1_ReserveRequest__Output, _shop_stock_v1_ReserveResponse>;
  
}

export interface StockServiceDefinition extends grpc.ServiceDefinition {
  Quote: MethodDefinition<_shop_stock_v1_QuoteRequest, _shop_stock_v1_QuoteResponse, _shop_stock_v1_QuoteRequest__Output, _shop_stock_v1_QuoteResponse__Output>
  Release: MethodDefinition<_shop_stock_v1_ReleaseRequest, _shop_stock_v1_ReleaseResponse, _shop_stock_v1_ReleaseRequest__Output, _shop_stock_v1_ReleaseResponse__Output>
  Reserve: MethodDefinition<_shop_stock_v1_ReserveRequest, _shop_stock_v1_ReserveResponse, _shop_stock_v1_ReserveRequest__Output, _shop_stock_v1_ReserveResponse__Output>
}
