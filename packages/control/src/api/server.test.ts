import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { ConfigMaps, Deployments, Pods, type Kind } from '@hikyaku/resources';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startTestApi, type TestApi } from '../testing/api.ts';

const configMaps = '/api/v1/namespaces/default/configmaps';
const pods = '/api/v1/namespaces/default/pods';
const settings = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { color: 'blue' } };

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());
afterEach(async () => {
  for (const kind of [ConfigMaps, Deployments, Pods] as Kind[]) {
    const { items } = await api.store.list(kind);
    for (const { metadata } of items) await api.store.delete(kind, metadata.namespace, metadata.name, { gracePeriodSeconds: 0 });
  }
});

describe('who may speak to the API', () => {
  it('refuses a request without the token, or with another', async () => {
    for (const authorization of ['', 'Bearer wrong', `Basic ${api.credentials.token}`]) {
      const { status, json, headers } = await api.send('GET', configMaps, { headers: { authorization } });
      expect(status).toBe(401);
      expect(json).toMatchObject({ kind: 'Status', status: 'Failure', reason: 'Unauthorized' });
      expect(headers['www-authenticate']).toMatch(/^Bearer/);
    }
  });

  it('refuses a Host that is not this machine, whatever the token (DNS rebinding)', async () => {
    for (const host of ['evil.example', '127.0.0.1.evil.example', 'localhost.evil.example:6443']) {
      expect((await api.send('GET', configMaps, { headers: { host } })).status, host).toBe(403);
    }
  });

  it('refuses requests from web pages', async () => {
    expect((await api.send('GET', configMaps, { headers: { origin: 'http://localhost:8080' } })).status).toBe(403);
  });

  it('says to anybody that it is up', async () => {
    expect(await api.send('GET', '/readyz', { headers: { authorization: '' } })).toMatchObject({ status: 200, text: 'ok' });
  });
});

describe('bad requests', () => {
  const post = (body: unknown, status: number, reason: string) => ({ method: 'POST', path: configMaps, body, status, reason });
  const get = (path: string, status: number, reason: string) => ({ method: 'GET', path, body: undefined, status, reason });

  it.each([
    get('/nowhere', 404, 'NotFound'),
    get('/api/v1/namespaces/default/teapots', 404, 'NotFound'),
    get(`${configMaps}/none`, 404, 'NotFound'),
    get('//', 404, 'NotFound'),
    get('//[', 404, 'NotFound'),
    get('http://127.0.0.1/api', 400, 'BadRequest'),
    get(`${configMaps}/%ff`, 400, 'BadRequest'),
    get(`${configMaps}?labelSelector=a+b`, 400, 'BadRequest'),
    get(`${configMaps}?fieldSelector=data.color%3Dblue`, 400, 'BadRequest'),
    get(`${configMaps}?watch=true&resourceVersion=newest`, 400, 'BadRequest'),
    get(`${configMaps}?watch=true&timeoutSeconds=99999999999&resourceVersion=newest`, 400, 'BadRequest'),
    get(`${configMaps}?watch=true&resourceVersion=999999999`, 410, 'Expired'),
    { ...post(settings, 405, 'MethodNotAllowed'), method: 'PUT' },
    post('{not json', 400, 'BadRequest'),
    post('[]', 400, 'BadRequest'),
    post({ ...settings, kind: 'Secret' }, 400, 'BadRequest'),
    post({ ...settings, metadata: { name: 'a', namespace: 'other' } }, 400, 'BadRequest'),
    post('x'.repeat(4 * 1024 * 1024), 413, 'RequestEntityTooLarge'),
  ])('answers $method $path with $status', async ({ method, path, body, status, reason }) => {
    const answer = await api.send(method, path, { body });
    expect(answer).toMatchObject({ status, json: { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: status, reason } });
  });

  it('does not read or write formats it does not know', async () => {
    const protobuf = { 'content-type': 'application/vnd.kubernetes.protobuf' };
    expect((await api.send('POST', configMaps, { body: 'k8s\0', headers: protobuf })).status).toBe(415);
    expect((await api.send('GET', configMaps, { headers: { accept: 'text/html' } })).status).toBe(406);
  });

  it('points at every mistake of an object', async () => {
    const spec = { replcas: 2, replicas: 'two', selector: {}, template: {} };
    const body = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec };
    const { status, json } = await api.send('POST', '/apis/apps/v1/namespaces/default/deployments', { body });
    expect(status).toBe(422);
    expect(json).toMatchObject({ reason: 'Invalid', details: { name: 'web', group: 'apps', kind: 'Deployment' } });
    const fields = (json.details as { causes: { field: string }[] }).causes.map(({ field }) => field);
    expect(fields).toEqual(expect.arrayContaining(['spec.replcas', 'spec.replicas']));
  });
});

describe('objects', () => {
  it('are created, read, listed, replaced and deleted', async () => {
    expect(await api.send('POST', configMaps, { body: settings })).toMatchObject({
      status: 201,
      json: { metadata: { namespace: 'default' } },
    });
    const { json } = await api.send('GET', `${configMaps}/settings`);
    const replace = (color: string) => api.send('PUT', `${configMaps}/settings`, { body: { ...json, data: { color } } });
    expect(await replace('red')).toMatchObject({ status: 200 });
    expect(await replace('green')).toMatchObject({ status: 409, json: { reason: 'Conflict' } });
    expect((await api.send('GET', configMaps)).json).toMatchObject({
      kind: 'ConfigMapList',
      apiVersion: 'v1',
      items: [{ data: { color: 'red' } }],
    });
    expect(await api.send('DELETE', `${configMaps}/settings`)).toMatchObject({
      status: 200,
      json: { kind: 'Status', status: 'Success' },
    });
    expect((await api.send('GET', `${configMaps}/settings`)).status).toBe(404);
  });

  it('may come as YAML', async () => {
    const body = 'metadata:\n  name: settings\ndata:\n  color: blue\n';
    const { json } = await api.send('POST', configMaps, { body, headers: { 'content-type': 'application/yaml' } });
    expect(json).toMatchObject({ kind: 'ConfigMap', data: { color: 'blue' } });
  });

  it('are not kept by a dry run', async () => {
    expect((await api.send('POST', `${configMaps}?dryRun=All`, { body: settings })).status).toBe(201);
    expect((await api.send('GET', `${configMaps}/settings`)).status).toBe(404);
  });

  it('answer in the version of the URL and are stored in one', async () => {
    const gateways = (version: string) => `/apis/networking.istio.io/${version}/namespaces/default/gateways`;
    const spec = {
      selector: { istio: 'ingressgateway' },
      servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }],
    };
    const body = { apiVersion: 'networking.istio.io/v1beta1', kind: 'Gateway', metadata: { name: 'gw' }, spec };
    expect((await api.send('POST', gateways('v1beta1'), { body })).json).toMatchObject({
      apiVersion: 'networking.istio.io/v1beta1',
    });
    expect((await api.send('GET', `${gateways('v1')}/gw`)).json).toMatchObject({ apiVersion: 'networking.istio.io/v1' });
    expect((await api.send('DELETE', `${gateways('v1alpha3')}/gw`)).status).toBe(200);
  });

  it('are selected by label and by field, also for deletion', async () => {
    for (const name of ['a', 'b', 'c'])
      await api.send('POST', configMaps, { body: { metadata: { name, labels: { even: String(name === 'b') } } } });
    const names = async (query: string) => {
      const { json } = await api.send('GET', `${configMaps}?${query}`);
      return (json.items as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name);
    };
    expect(await names('labelSelector=even%3Dfalse')).toEqual(['a', 'c']);
    expect(await names('fieldSelector=metadata.name!%3Db')).toEqual(['a', 'c']);
    await api.send('DELETE', `${configMaps}?labelSelector=even%3Dfalse`);
    expect(await names('')).toEqual(['b']);
  });

  it('come as a table where that is asked for', async () => {
    await api.send('POST', configMaps, { body: settings });
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
    const { json } = await api.send('GET', configMaps, { headers: { accept } });
    expect(json).toMatchObject({
      kind: 'Table',
      apiVersion: 'meta.k8s.io/v1',
      columnDefinitions: [{ name: 'Name' }, { name: 'Data' }, { name: 'Age' }],
    });
    const metadata = { kind: 'PartialObjectMetadata', metadata: { name: 'settings' } };
    expect(json.rows).toMatchObject([{ cells: ['settings', 1, '0s'], object: metadata }]);
  });
});

describe('patches', () => {
  const patch = (type: string, body: unknown) =>
    api.send('PATCH', `${configMaps}/settings`, { body, headers: { 'content-type': `application/${type}` } });

  it('come in four formats', async () => {
    await api.send('POST', configMaps, { body: settings });
    expect((await patch('merge-patch+json', { data: { size: 'small' } })).json.data).toEqual({ color: 'blue', size: 'small' });
    expect((await patch('strategic-merge-patch+json', { data: { size: null } })).json.data).toEqual({ color: 'blue' });
    expect((await patch('json-patch+json', [{ op: 'replace', path: '/data/color', value: 'red' }])).json.data).toEqual({
      color: 'red',
    });
    expect((await patch('whatever', {})).status).toBe(415);
  });

  it('are refused as a whole when one operation does not fit', async () => {
    await api.send('POST', configMaps, { body: settings });
    const operations = [
      { op: 'replace', path: '/data/color', value: 'red' },
      { op: 'test', path: '/data/size', value: 'small' },
    ];
    expect((await patch('json-patch+json', operations)).status).toBe(422);
    expect((await api.send('GET', `${configMaps}/settings`)).json.data).toEqual({ color: 'blue' });
  });

  it('insist on a version only when they name one', async () => {
    await api.send('POST', configMaps, { body: settings });
    expect((await patch('merge-patch+json', { metadata: { resourceVersion: '1' }, data: { color: 'red' } })).status).toBe(409);
  });

  it('create what is applied and does not exist', async () => {
    const apply = (query: string) =>
      api.send('PATCH', `${configMaps}/settings?${query}`, {
        body: settings,
        headers: { 'content-type': 'application/apply-patch+yaml' },
      });
    expect((await apply('')).status).toBe(400);
    expect((await apply('fieldManager=test')).status).toBe(201);
    expect((await apply('fieldManager=test')).status).toBe(200);
  });
});

describe('scale', () => {
  it('reads and changes the replicas of a workload', async () => {
    const deployments = '/apis/apps/v1/namespaces/default/deployments';
    const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'main', image: 'app' }] } };
    await api.send('POST', deployments, {
      body: { metadata: { name: 'web' }, spec: { selector: { matchLabels: { app: 'web' } }, template } },
    });
    const scale = await api.send('GET', `${deployments}/web/scale`);
    expect(scale.json).toMatchObject({ kind: 'Scale', spec: { replicas: 1 }, status: { selector: 'app=web' } });
    expect((await api.send('PUT', `${deployments}/web/scale`, { body: { ...scale.json, spec: { replicas: 3 } } })).status).toBe(
      200,
    );
    expect((await api.send('GET', `${deployments}/web`)).json).toMatchObject({ spec: { replicas: 3 } });
    expect((await api.send('PUT', `${deployments}/web/scale`, { body: { spec: { replicas: -1 } } })).status).toBe(422);
  });
});

describe('watches', () => {
  it('begin with what there is and say when that was all', async () => {
    await api.send('POST', configMaps, { body: settings });
    const query =
      'watch=true&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan&timeoutSeconds=0.2';
    const { text } = await api.send('GET', `${configMaps}?${query}`);
    const events = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(events).toMatchObject([
      { type: 'ADDED', object: { kind: 'ConfigMap', metadata: { name: 'settings' } } },
      { type: 'BOOKMARK', object: { kind: 'ConfigMap', metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } } },
    ]);
  });

  it('follow one object and end when their time is up', async () => {
    const { json } = await api.send('GET', configMaps);
    const { resourceVersion } = json.metadata as { resourceVersion: string };
    for (const name of ['a', 'b']) await api.send('POST', configMaps, { body: { metadata: { name } } });
    const query = `watch=1&fieldSelector=metadata.name%3Db&resourceVersion=${resourceVersion}&timeoutSeconds=0.2`;
    const { text } = await api.send('GET', `${configMaps}?${query}`);
    expect(text.trim().split('\n')).toHaveLength(1);
    expect(JSON.parse(text)).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'b' } } });
  });
});

describe('logs', () => {
  const pod = (...containers: string[]) => ({
    metadata: { name: 'web' },
    spec: { containers: containers.map((name) => ({ name, image: 'app' })) },
  });

  it('are plain text', async () => {
    await api.send('POST', pods, { body: pod('main') });
    const { status, text, headers } = await api.send('GET', `${pods}/web/log?tailLines=1`);
    expect({ status, text }).toEqual({ status: 200, text: 'default/web/main 1\n' });
    expect(headers['content-type']).toMatch(/^text\/plain/);
  });

  it('want to know which container, when there are several', async () => {
    await api.send('POST', pods, { body: pod('main', 'helper') });
    const { status, json } = await api.send('GET', `${pods}/web/log`);
    expect(status).toBe(400);
    expect(json.message).toMatch(/choose one of: \[main helper\]/);
    expect((await api.send('GET', `${pods}/web/log?container=helper`)).status).toBe(200);
    expect((await api.send('GET', `${pods}/none/log`)).status).toBe(404);
  });
});

describe('discovery', () => {
  it('tells the kinds of a group, and all at once', async () => {
    const { json } = await api.send('GET', '/apis/apps/v1');
    expect(json).toMatchObject({ kind: 'APIResourceList', groupVersion: 'apps/v1' });
    const names = (json.resources as { name: string }[]).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['deployments', 'deployments/status', 'deployments/scale', 'statefulsets']));
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';
    const all = await api.send('GET', '/apis', { headers: { accept } });
    expect(all.headers['content-type']).toBe('application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList');
    expect(all.json).toMatchObject({ kind: 'APIGroupDiscoveryList' });
  });

  it('promises kubectl that fields are checked here', async () => {
    expect((await api.send('GET', '/openapi/v3/apis/apps/v1')).text).toContain('fieldValidation');
  });
});

describe('the server', () => {
  it('tells why it cannot listen', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    await expect(startTestApi({ port })).rejects.toMatchObject({ code: 'EADDRINUSE', port });
    holder.close();
  });

  it('ends open watches when it stops', async () => {
    const other = await startTestApi();
    const watch = other.send('GET', `${configMaps}?watch=true`);
    await other.send('POST', configMaps, { body: settings });
    await other.close();
    expect(await watch.then(({ status }) => status)).toBe(200);
  });
});
