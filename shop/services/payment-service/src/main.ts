/** Runs the payment service, configured by the environment. */
import { createPaymentService } from './payment-service.ts';

const service = await createPaymentService();
await service.start();
