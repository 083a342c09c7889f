/** Runs the notification service, configured by the environment. */
import { createNotificationService } from './notification-service.ts';

const service = await createNotificationService();
await service.start();
