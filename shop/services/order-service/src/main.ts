/** Runs the order service, configured by the environment. */
import { createOrderService } from './order-service.ts';

const service = await createOrderService();
await service.start();
