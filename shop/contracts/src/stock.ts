/** The stock contract: the file, and the types made from it by `npm run contracts`. */
import type { GrpcContract } from '@hikyaku/service';
import type { StockServiceDefinition } from './generated/shop/stock/v1/StockService.ts';

export const stockContract: GrpcContract<StockServiceDefinition> = {
  proto: new URL('../proto/shop/stock/v1/stock.proto', import.meta.url),
  service: 'shop.stock.v1.StockService',
};
