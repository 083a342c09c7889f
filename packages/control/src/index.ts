/**
 * The control plane: what is wanted is kept, offered to clients, and brought about.
 *
 *   the store             store/         every resource on disk, numbered changes, watches
 *   credentials           credentials/   certificates, token and kubeconfig of the API
 *   the Kubernetes API    api/           HTTPS in front of the store: kubectl's view of it
 *   its client            client/        the same interface as the store, from another process
 *   the controllers       controllers/   one file or folder per kind they look after
 */
export { openStore, type Store, type StoreOptions, type StoreTransaction } from './store/store.ts';
export { openCredentials, type Credentials, type CredentialsOptions } from './credentials/credentials.ts';
export { createApiServer, type ApiServer, type ApiServerOptions } from './api/server.ts';
export { startControllers, type ControllersOptions } from './controllers/controllers.ts';
export { connect, type ApiClient } from './client/api-client.ts';
export type { Table } from './api/table/table.ts';
