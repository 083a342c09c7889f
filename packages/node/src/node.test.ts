import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigMaps, Pods, Secrets, Services, type Pod } from '@hikyaku/resources';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { whyNoNamespaces } from './network/mount-namespace.ts';
import { createNode } from './node.ts';
import { isAlive } from './testing/processes.ts';
import { isReady, startTestNode, type TestNode } from './testing/test-node.ts';

/** Answers every request with what `expression` (which may use the request as `q`) evaluates to, as JSON. */
const server = (expression: string, port = 8080) => `
import http from 'node:http';
import fs from 'node:fs';
http.createServer(async (q, r) => {
  try { r.end(JSON.stringify(await (${expression}))); } catch (error) { r.statusCode = 500; r.end(String(error)); }
}).listen(${port});
`;
const httpProbe = { httpGet: { path: '/', port: 8080 }, periodSeconds: 1 };

const ask = async (pod: Pod, path = '/'): Promise<unknown> =>
  (await fetch(`http://${pod.status?.podIP ?? ''}:8080${path}`)).json();
const container = (pod: Pod) => pod.status?.containerStatuses?.[0];
const message = (pod: Pod) => pod.status?.conditions?.find(({ type }) => type === 'ContainersReady')?.message ?? '';

async function collect(lines: AsyncIterable<string>): Promise<string[]> {
  const found: string[] = [];
  for await (const line of lines) found.push(line);
  return found;
}

let test: TestNode;
beforeEach(async () => {
  test = await startTestNode();
});
afterEach(() => test.stop());

describe('a Pod', () => {
  it('runs as a process on an address of its own, each on the same port', async () => {
    await test.run('one', server('process.env.HOSTNAME'), { containers: [], container: { readinessProbe: httpProbe } });
    await test.run('two', server('process.env.HOSTNAME'), { container: { readinessProbe: httpProbe } });
    const [one, two] = await Promise.all([test.waitUntilReady('one'), test.waitUntilReady('two')]);
    expect(one.status?.podIP).toMatch(/^127\.(1[6-9]|2\d|3[01])\./);
    expect(one.status?.podIP).not.toBe(two.status?.podIP);
    expect([await ask(one), await ask(two)]).toEqual(['one', 'two']);
    expect(
      test.node
        .processes()
        .map(({ pod }) => pod)
        .toSorted(),
    ).toEqual(['one', 'two']);
  });

  it('is built by the prestart script of its folder, and says what is wrong with that', async () => {
    await test.write(
      'images/web/package.json',
      JSON.stringify({ type: 'module', scripts: { prestart: 'node build.js', start: 'node made.js' } }),
    );
    await test.write('images/web/build.js', "throw new Error('no such page')");
    await test.create('web', { containers: [{ name: 'main', image: 'web', readinessProbe: httpProbe }] });
    const failed = await test.waitFor('web', (pod) => container(pod)?.state?.waiting?.reason === 'CrashLoopBackOff');
    expect(container(failed)?.state?.waiting?.message).toContain('no such page');

    await test.write(
      'images/web/build.js',
      `import { writeFileSync } from 'node:fs';\nwriteFileSync('made.js', ${JSON.stringify(server('"made"'))});`,
    );
    expect(await ask(await test.waitUntilReady('web'))).toBe('made');
  });

  it('gets the environment of its manifest and nothing of its supervisor', async () => {
    process.env.SECRET_OF_THE_SUPERVISOR = 'x';
    await test.client.create(ConfigMaps, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings', namespace: 'test' },
      data: { COLOUR: 'indigo' },
    });
    await test.client.create(Secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'keys', namespace: 'test' },
      data: { key: Buffer.from('hush').toString('base64') },
    });
    await test.run('env', server('process.env'), {
      container: {
        readinessProbe: httpProbe,
        envFrom: [{ configMapRef: { name: 'settings' } }],
        env: [
          { name: 'KEY', valueFrom: { secretKeyRef: { name: 'keys', key: 'key' } } },
          { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
          { name: 'URL', value: 'http://$(IP)/$(COLOUR)/$(UNKNOWN)/$$(IP)' },
        ],
      },
    });
    const pod = await test.waitUntilReady('env');
    const env = await ask(pod);
    expect(env).toMatchObject({
      COLOUR: 'indigo',
      KEY: 'hush',
      IP: pod.status?.podIP,
      URL: `http://${pod.status?.podIP ?? ''}/indigo/$(UNKNOWN)/$(IP)`,
    });
    expect(env).not.toHaveProperty('SECRET_OF_THE_SUPERVISOR');
  });

  it.for<[program: string, args: string[]]>([
    ['python3', ['-c', 'import urllib.request; print(urllib.request.urlopen("http://backend:8080/").read().decode())']],
    ['curl', ['-sS', 'http://backend.test.svc.cluster.local:8080/']],
  ])('reaches a Service by name from %s', async ([program, args], { skip }) => {
    const isInstalled = spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
    skip(!isInstalled, `${program} is not installed`);
    skip(whyNoNamespaces() !== undefined, whyNoNamespaces());
    await test.run('backend', server('"found"'), { container: { readinessProbe: httpProbe } });
    const { status } = await test.waitUntilReady('backend');
    await test.run('caller', '', {
      restartPolicy: 'Never',
      // The file follows: the Service is made after the program has started.
      container: {
        command: ['sh', '-c', 'while ! grep -q backend /etc/hosts; do sleep 0.05; done; exec "$0" "$@"', program, ...args],
      },
    });
    await test.waitFor('caller', (pod) => container(pod)?.state?.running !== undefined);
    await test.client.create(Services, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'backend', namespace: 'test' },
      // No proxy runs here: the Pod's own address stands for the Service's.
      spec: { clusterIP: status?.podIP ?? '', ports: [{ port: 8080 }] },
    });
    await test.waitFor('caller', ({ status: now }) => now?.phase === 'Succeeded');
    expect((await collect(test.node.logs.logs('test', 'caller', {}))).join('')).toContain('"found"');
  });

  it('reaches a Service by name, coming from its own address', async () => {
    const backend = await test.run('backend', server('q.socket.remoteAddress'), { container: { readinessProbe: httpProbe } });
    const { status } = await test.waitUntilReady(backend.metadata.name);
    await test.client.create(Services, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'backend', namespace: 'test' },
      // No proxy runs here: the Pod's own address stands for the Service's.
      spec: { clusterIP: status?.podIP ?? '', ports: [{ port: 8080 }] },
    });
    await test.run('frontend', server(`fetch('http://backend.test.svc.cluster.local:8080').then((a) => a.json())`), {
      container: { readinessProbe: httpProbe },
    });
    const frontend = await test.waitUntilReady('frontend');
    expect(await ask(frontend)).toBe(frontend.status?.podIP);
  });

  it('waits for a missing ConfigMap, says so, and goes on when it appears', async () => {
    await test.run('patient', server('fs.readFileSync("/etc/app/greeting", "utf8")'), {
      volumes: [{ name: 'config', configMap: { name: 'late' } }],
      container: { readinessProbe: httpProbe, volumeMounts: [{ name: 'config', mountPath: '/etc/app' }] },
    });
    await test.waitFor('patient', (pod) => message(pod).includes('configmap "late" not found'));
    const late = {
      apiVersion: 'v1' as const,
      kind: 'ConfigMap' as const,
      metadata: { name: 'late', namespace: 'test' },
      data: { greeting: 'hello' },
    };
    await test.client.create(ConfigMaps, late);
    const pod = await test.waitUntilReady('patient');
    expect(await ask(pod)).toBe('hello');
    await test.client.update(ConfigMaps, { ...late, data: { greeting: 'again' } });
    await expect.poll(() => ask(pod)).toBe('again');
  });

  it('says why it is not ready in the words of its readiness probe', async () => {
    await test.run(
      'unready',
      `import http from 'node:http';
      http.createServer((q, r) => r.writeHead(503).end(JSON.stringify({ detail: 'database: waiting' }))).listen(8080);`,
      { container: { readinessProbe: httpProbe } },
    );
    const pod = await test.waitFor('unready', (candidate) => message(candidate).includes('HTTP 503'));
    expect(message(pod)).toBe('main: readiness: HTTP 503: database: waiting');
    expect(isReady(pod)).toBe(false);
  });

  it('names what was looked for when nobody knows its image', async () => {
    await test.create('lost', { containers: [{ name: 'main', image: 'ghcr.io/nobody/knows:1' }] });
    const pod = await test.waitFor('lost', (candidate) => container(candidate)?.state?.waiting?.reason === 'ImagePullBackOff');
    expect(message(pod)).toMatch(/no folder or package named "knows"/);
  });
});

describe('restarts', () => {
  it('brings a killed container back at once and keeps the log of the run before', async () => {
    await test.run('phoenix', `console.log('run', process.pid);\n${server('process.pid')}`, {
      container: { readinessProbe: httpProbe },
    });
    const first = container(await test.waitUntilReady('phoenix'));
    const [{ pid } = { pid: 0 }] = test.node.processes();
    process.kill(pid, 'SIGKILL');
    const pod = await test.waitFor('phoenix', (candidate) => container(candidate)?.restartCount === 1 && isReady(candidate));
    expect(first?.restartCount).toBe(0);
    expect(container(pod)?.lastState?.terminated?.exitCode).toBe(137);
    expect(await collect(test.node.logs.logs('test', 'phoenix', { previous: true }))).toEqual([`run ${pid}`]);
  });

  it('backs off from a crash loop and shows the last lines of its log', async () => {
    await test.run('broken', `console.error('cannot find my keys'); process.exit(3);`);
    const pod = await test.waitFor('broken', (candidate) => container(candidate)?.state?.waiting?.reason === 'CrashLoopBackOff');
    expect(message(pod)).toMatch(
      /^main: CrashLoopBackOff: exit code 3, again in 0.5 s; last lines of its log:\ncannot find my keys$/,
    );
  });

  it('restarts what its liveness probe finds dead', async () => {
    await test.run(
      'stuck',
      `let alive = true; setTimeout(() => { alive = false; }, 300); ${server('alive ? 1 : Promise.reject("stuck")')}`,
      {
        container: { startupProbe: httpProbe, livenessProbe: { ...httpProbe, failureThreshold: 1 } },
      },
    );
    const pod = await test.waitFor('stuck', (candidate) => container(candidate)?.restartCount === 1);
    expect(container(pod)?.lastState?.terminated?.exitCode).toBe(143);
  });

  it('does not restart what has completed under restartPolicy OnFailure', async () => {
    await test.run('job', `console.log('done');`, { restartPolicy: 'OnFailure' });
    const pod = await test.waitFor('job', ({ status }) => status?.phase === 'Succeeded');
    expect(container(pod)?.state?.terminated?.reason).toBe('Completed');
  });

  it('runs init containers in order before the others', async () => {
    await test.write('images/step/package.json', JSON.stringify({ name: 'step', type: 'module', main: 'main.js' }));
    await test.write('images/step/main.js', `import fs from 'node:fs'; fs.appendFileSync('/work/steps', process.argv[2]);`);
    const mount = { volumeMounts: [{ name: 'work', mountPath: '/work' }] };
    await test.run('ordered', server('fs.readFileSync("/work/steps", "utf8")'), {
      volumes: [{ name: 'work', emptyDir: {} }],
      initContainers: ['a', 'b'].map((name) => ({ name, image: 'step', command: ['node', 'main.js', name], ...mount })),
      container: { readinessProbe: httpProbe, ...mount },
    });
    expect(await ask(await test.waitUntilReady('ordered'))).toBe('ab');
  });
});

describe('the end', () => {
  it('of a Pod: preStop, SIGTERM, and the whole process group is gone', async () => {
    await test.run(
      'family',
      `
      import { spawn } from 'node:child_process';
      import fs from 'node:fs';
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
      process.on('SIGTERM', () => { fs.appendFileSync('/out/events', 'term '); process.exit(0); });
      ${server('child.pid').replace("import fs from 'node:fs';", '')}`,
      {
        volumes: [{ name: 'out', hostPath: { path: 'out' } }],
        container: {
          readinessProbe: httpProbe,
          volumeMounts: [{ name: 'out', mountPath: '/out' }],
          lifecycle: { preStop: { exec: { command: ['/bin/sh', '-c', 'echo -n "hook " >> /out/events'] } } },
        },
      },
    );
    await test.write('out/events', '');
    const child = Number(await ask(await test.waitUntilReady('family')));
    expect(isAlive(child)).toBe(true);
    await test.client.delete(Pods, 'test', 'family');
    await test.waitUntilGone('family');
    await expect.poll(() => isAlive(child)).toBe(false);
    expect(await readFile(join(test.workspace, 'out/events'), 'utf8')).toBe('hook term ');
  });

  it('of a Pod that ignores SIGTERM comes when its grace is over', async () => {
    await test.run('deaf', `process.on('SIGTERM', () => {}); ${server('1')}`, { container: { readinessProbe: httpProbe } });
    await test.waitUntilReady('deaf');
    const [{ pid } = { pid: 0 }] = test.node.processes();
    await test.client.delete(Pods, 'test', 'deaf', { gracePeriodSeconds: 1 });
    await test.waitUntilGone('deaf');
    expect(isAlive(pid)).toBe(false);
  });

  it('of hikyaku by kill -9: the next start says at once that nothing is ready', async () => {
    await test.run('stale', server('1'), { container: { readinessProbe: httpProbe } });
    const pod = await test.waitUntilReady('stale');
    await test.stopNode();
    // What the store says when nobody had the time to write anything else.
    await test.client.updateStatus(Pods, { ...pod, metadata: { name: 'stale', namespace: 'test' } });
    const next = createNode({ client: test.client, stateDir: test.stateDir, workspaceRoot: test.workspace });
    await next.prepare();
    const prepared = await test.client.get(Pods, 'test', 'stale');
    expect(prepared && isReady(prepared)).toBe(false);
    expect(prepared && container(prepared)?.ready).toBe(false);
    expect(prepared?.status?.podIP).toBe(pod.status?.podIP);
  });

  it('of hikyaku leaves the Pods in the store, and they run again on the same address', async () => {
    await test.run('lasting', server('1'), { container: { readinessProbe: httpProbe } });
    const before = await test.waitUntilReady('lasting');
    await test.restart();
    await test.waitFor('lasting', (pod) => !isReady(pod));
    const after = await test.waitUntilReady('lasting');
    expect(after.status?.podIP).toBe(before.status?.podIP);
    expect(container(after)?.restartCount).toBe(0);
  });
});
