/** A throw-away workspace with services and manifests of its own: anybody's system, not the shop. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface TemporaryWorkspace {
  root: string;
  write(file: string, content: string): Promise<void>;
  remove(): Promise<void>;
}

export async function createWorkspace(files: Record<string, string>): Promise<TemporaryWorkspace> {
  const root = await mkdtemp(join(tmpdir(), 'hikyaku-workspace-'));
  const write = async (file: string, content: string): Promise<void> => {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), content);
  };
  await write('package.json', JSON.stringify({ name: 'anybody', private: true, type: 'module', workspaces: ['services/*'] }));
  for (const [file, content] of Object.entries(files)) await write(file, content);
  return { root, write, remove: async () => rm(root, { recursive: true, force: true }) };
}

/** A plain node:http server that answers `answer`, drains on SIGTERM and knows nothing of hikyaku. */
export function plainServer(answer: string): string {
  return `import { createServer } from 'node:http';
const server = createServer((request, response) => response.end(${JSON.stringify(answer)}));
server.listen(8080);
process.on('SIGTERM', () => setTimeout(() => server.close(() => process.exit(0)), 100));
`;
}

/** Deployment and Service of that name on port 8080, readiness by HTTP. */
export function webWorkload(name: string, options: { image?: string; replicas?: number; env?: string } = {}): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  replicas: ${options.replicas ?? 1}
  selector: { matchLabels: { app: ${name} } }
  strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      containers:
        - name: ${name}
          image: ${options.image ?? `registry.example/${name}:1.0.0`}
          ports: [{ name: http, containerPort: 8080 }]
          readinessProbe: { httpGet: { path: /, port: http }, periodSeconds: 1 }
${options.env ?? ''}---
apiVersion: v1
kind: Service
metadata: { name: ${name} }
spec:
  selector: { app: ${name} }
  ports: [{ name: http, port: 8080, targetPort: http }]
`;
}

/** A Gateway on port 80 and one prefix route per path to the Service of that name. */
export function gateway(routes: Record<string, string>): string {
  const rules = Object.entries(routes).map(
    ([prefix, host]) =>
      `    - match: [{ uri: { prefix: ${prefix} } }]\n      route: [{ destination: { host: ${host}, port: { number: 8080 } } }]`,
  );
  return `apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: public }
spec:
  selector: { istio: ingressgateway }
  servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: ['*'] }]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: public }
spec:
  hosts: ['*']
  gateways: [public]
  http:
${rules.join('\n')}
`;
}
