/** Runs the simulated card network, configured by the environment. */
import { createCardNetwork } from './card-network.ts';

const service = await createCardNetwork();
await service.start();
