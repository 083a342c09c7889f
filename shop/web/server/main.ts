/** Runs the storefront, configured by the environment. */
import { createStorefront } from './storefront.ts';

const service = await createStorefront();
await service.start();
