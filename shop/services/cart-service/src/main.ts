/** Runs the cart service, configured by the environment. */
import { createCartService } from './cart-service.ts';

const service = await createCartService();
await service.start();
