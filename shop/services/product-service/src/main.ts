/** Runs the product service, configured by the environment. */
import { createProductService } from './product-service.ts';

const service = await createProductService();
await service.start();
