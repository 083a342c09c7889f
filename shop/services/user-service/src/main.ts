/** Runs the user service, configured by the environment. */
import { createUserService } from './user-service.ts';

const service = await createUserService();
await service.start();
