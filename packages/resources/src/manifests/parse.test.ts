import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDiagnostics, type Diagnostic } from './diagnostic.ts';
import { parseManifests, type Manifests } from './parse.ts';

function parse(text: string, path = 'app.yaml'): Manifests {
  return parseManifests([{ path, text }]);
}

function brief({ severity, line, column, message, suggestion }: Diagnostic): string {
  return `${severity} ${line}:${column} ${message}${suggestion === undefined ? '' : `; ${suggestion}`}`;
}

function findings(text: string): string[] {
  return parse(text).diagnostics.map(brief);
}

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: { name: cart }
spec:
  selector: { matchLabels: { app: cart } }
  template:
    metadata: { labels: { app: cart } }
    spec:
      containers:
        - name: cart
          image: cart
`;

describe('reading manifests', () => {
  it('reads several documents, lists and empty documents of one file', () => {
    const { resources, diagnostics } = parse(`# comment only
---
apiVersion: v1
kind: ConfigMapList
items:
  - { apiVersion: v1, kind: ConfigMap, metadata: { name: a } }
  - { apiVersion: v1, kind: ConfigMap, metadata: { name: b } }
---
---
apiVersion: v1
kind: ConfigMap
metadata: { name: c }
`);
    expect(diagnostics).toEqual([]);
    expect(resources.map(({ resource, source }) => [resource.metadata.name, source.line])).toEqual([
      ['a', 6],
      ['b', 7],
      ['c', 10],
    ]);
  });

  it('reads lists within lists', () => {
    const { resources } = parse(
      'apiVersion: v1\nkind: List\nitems: [{ kind: List, items: [{ apiVersion: v1, kind: ConfigMap, metadata: { name: a } }] }]\n',
    );
    expect(resources.map(({ resource }) => resource.metadata.name)).toEqual(['a']);
  });

  it('reads JSON, indented with tabs', () => {
    const { resources, diagnostics } = parse(
      '{\n\t"apiVersion": "v1",\n\t"kind": "ConfigMap",\n\t"metadata": {"name": "a"},\n\t"data": {"k": "v"}\n}\n',
      'a.json',
    );
    expect(diagnostics).toEqual([]);
    expect(resources[0]?.resource).toMatchObject({ kind: 'ConfigMap', data: { k: 'v' } });
  });

  it('orders resources so that what is referred to comes first', () => {
    const kinds = ['Service', 'Secret', 'Namespace'].map(
      (kind) =>
        `apiVersion: v1\nkind: ${kind}\nmetadata: { name: cart }\n${kind === 'Service' ? 'spec: { ports: [{ port: 80 }] }\n' : ''}`,
    );
    const { resources } = parse([deployment, ...kinds].join('---\n'));
    expect(resources.map(({ resource }) => resource.kind)).toEqual(['Namespace', 'Secret', 'Service', 'Deployment']);
  });

  it('shows where a file ends too early', () => {
    const { diagnostics } = parse('{ "apiVersion": "v1",\n', 'a.json');
    expect(formatDiagnostics(diagnostics, { colors: false })).toMatch(/^a\.json:1:22: error: .*\n.*1 │ { "apiVersion": "v1",\n/);
  });

  it('reads booleans and numbers as Kubernetes does: YAML 1.1 without times', () => {
    const { resources } = parse(
      'apiVersion: v1\nkind: Secret\nmetadata: { name: a, annotations: { day: 2026-01-31, time: 12:30:45 } }\nimmutable: yes\n',
    );
    expect(resources[0]?.resource).toMatchObject({
      immutable: true,
      metadata: { annotations: { day: '2026-01-31', time: '12:30:45' } },
    });
    const mode = parse(
      deployment.replace(
        '      containers:',
        '      volumes: [{ name: v, configMap: { name: c, defaultMode: 0644 } }]\n      containers:',
      ),
    );
    expect(JSON.stringify(mode.resources)).toContain('"defaultMode":420');
  });

  it('follows anchors and merge keys, and finds the place of what they bring in', () => {
    const text =
      'apiVersion: v1\nkind: ConfigMap\nmetadata: &m { name: a, lables: {} }\n---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  <<: &n { name: b }\n  labels: { x: 1 }\n';
    expect(findings(text)).toEqual([
      'error 3:25 ConfigMap a: unknown field metadata.lables; did you mean labels?',
      'error 9:16 ConfigMap b: metadata.labels.x must be a string, got 1; put it in quotes: "1"',
    ]);
  });

  it('fills in the namespace, takes null for absent and moves Istio versions to the stored one', () => {
    const { resources } = parse(
      'apiVersion: networking.istio.io/v1beta1\nkind: Gateway\nmetadata: { name: g, creationTimestamp: null }\nspec:\n  servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: ["*"] }]\n',
    );
    expect(resources[0]?.resource).toEqual({
      apiVersion: 'networking.istio.io/v1',
      kind: 'Gateway',
      metadata: { name: 'g', namespace: 'default' },
      spec: { servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }] },
    });
  });
});

describe('mistakes in manifests', () => {
  it('reports all at once, each at its own place', () => {
    const text = deployment
      .replace('spec:\n', 'spec:\n  replcias: 2\n  minReadySeconds: soon\n')
      .replace('image: cart', 'image: cart\n          env: [{ name: PORT, value: 80 }]');
    expect(findings(text)).toEqual([
      'error 5:3 Deployment cart: unknown field spec.replcias; did you mean replicas?',
      'error 6:20 Deployment cart: spec.minReadySeconds must be a whole number, got "soon"',
      'error 14:38 Deployment cart: spec.template.spec.containers[0].env[0].value must be a string, got 80; put it in quotes: "80"',
    ]);
  });

  it('says once that a misspelt required field is missing', () => {
    expect(findings(deployment.replace('image:', 'imgae:'))).toEqual([
      'error 11:11 Deployment cart: unknown field spec.template.spec.containers[0].imgae; did you mean image?',
    ]);
  });

  it.each([
    ['apps/v1', 'Deploymnt', 'error 2:7 Deploymnt a: kind Deploymnt is not a kind of apps/v1; did you mean Deployment?'],
    ['v1', 'Deployment', 'error 1:13 Deployment a: apiVersion v1 has no kind Deployment; did you mean apiVersion: apps/v1?'],
    [
      'app/v1',
      'Deployment',
      'error 1:13 Deployment a: apiVersion app/v1 has no kind Deployment; did you mean apiVersion: apps/v1?',
    ],
    [
      'networking.istio.oi/v1',
      'Gateway',
      'error 1:13 Gateway a: apiVersion networking.istio.oi/v1 has no kind Gateway; did you mean apiVersion: networking.istio.io/v1?',
    ],
  ])('finds the near match of %s %s', (apiVersion, kind, expected) => {
    expect(findings(`apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: { name: a }\n`)).toEqual([expected]);
  });

  it.each([
    ['batch/v1', 'CronJob', 'warning 2:7 CronJob a: kind CronJob (batch/v1) is not run by hikyaku yet; it is left out'],
    [
      'cert-manager.io/v1',
      'Certificate',
      'warning 2:7 Certificate a: kind Certificate (cert-manager.io/v1) is not a kind hikyaku knows; it is left out',
    ],
  ])('leaves out %s %s with a warning', (apiVersion, kind, expected) => {
    const text = `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: { name: a }\n`;
    expect(findings(text)).toEqual([expected]);
    expect(parse(text).resources).toEqual([]);
  });

  it('names a field that is valid but not honoured, unless it says nothing', () => {
    const secured = deployment.replace(
      'image: cart',
      'image: cart\n          securityContext: { runAsNonRoot: true }\n          tty: false',
    );
    expect(findings(secured)).toEqual([
      'warning 12:11 Deployment cart: spec.template.spec.containers[0].securityContext is not honoured by hikyaku yet',
    ]);
  });

  it('goes on after a document that is no YAML', () => {
    const { diagnostics, resources } = parse('a: [1\nb: 2\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n');
    expect(diagnostics.map(({ severity, line }) => [severity, line])).toEqual([['error', 2]]);
    expect(resources).toHaveLength(1);
  });

  it('refuses a second resource of the same name and says where the first is', () => {
    expect(findings(`${deployment}---\n${deployment}`)).toEqual([
      'error 15:19 Deployment cart: metadata.name is taken: there is a Deployment of this name at app.yaml:1',
    ]);
  });

  it('never throws, whatever the text', () => {
    const yamlish = fc.array(
      fc.constantFrom(
        'apiVersion: v1\n',
        'kind: List\n',
        'kind: Pod\n',
        'items:\n',
        '- ',
        '  ',
        'metadata: {name: a}\n',
        '&a ',
        '*a',
        '<<: ',
        '---\n',
        '[',
        '{',
        '}',
        ': ',
        '!!set ',
        '\t',
        'null',
        '"',
        '__proto__: ',
        'spec:\n',
        '0x',
        '? ',
      ),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          yamlish.map((parts) => parts.join('')),
        ),
        (text) => {
          for (const diagnostic of parse(text).diagnostics) expect(diagnostic.line).toBeGreaterThan(0);
        },
      ),
      { numRuns: 500 },
    );
  });

  it.each([
    ['nesting without end', '['.repeat(100_000)],
    ['deep nesting', `${'{a: '.repeat(4000)}1${'}'.repeat(4000)}`],
    [
      'an alias bomb',
      Array.from(
        { length: 30 },
        (_, i) =>
          `a${i}: &a${i} [${Array(9)
            .fill(i === 0 ? 'x' : `*a${i - 1}`)
            .join(', ')}]`,
      ).join('\n'),
    ],
    ['an anchor within itself', 'apiVersion: v1\nkind: ConfigMap\nmetadata: &m\n  name: a\n  labels: *m\n'],
  ])('survives %s', (_, text) => {
    expect(parse(text).diagnostics.some(({ severity }) => severity === 'error')).toBe(true);
  });
});

describe('references within the set', () => {
  it('warns of what is not there, with the near match', () => {
    const text = `${deployment}          envFrom: [{ configMapRef: { name: confg } }, { secretRef: { name: maybe, optional: true } }]
---
apiVersion: v1
kind: ConfigMap
metadata: { name: config }
---
apiVersion: v1
kind: Service
metadata: { name: cart }
spec: { selector: { app: crat }, ports: [{ port: 80 }] }
`;
    expect(findings(text)).toEqual([
      'warning 12:45 Deployment cart: spec.template.spec.containers[0].envFrom[0].configMapRef.name names the ConfigMap confg, which is not in these manifests (namespace default); did you mean config?',
      'warning 21:9 Service cart: spec.selector matches no Pod of these manifests',
    ]);
  });

  it('checks the destinations of a VirtualService by any of their names', () => {
    const text = (host: string, port = 80) => `apiVersion: v1
kind: Service
metadata: { name: cart, namespace: default }
spec: { ports: [{ port: 80 }] }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: r }
spec: { hosts: ['*'], http: [{ route: [{ destination: { host: ${host}, port: { number: ${port} } } }] }] }
`;
    for (const host of ['cart', 'cart.default', 'cart.default.svc', 'cart.default.svc.cluster.local', 'api.example.com'])
      expect(findings(text(host))).toEqual([]);
    expect(findings(text('cart.shop'))[0]).toMatch(/names the Service cart, which is not in these manifests \(namespace shop\)/);
    expect(findings(text('cart', 81))[0]).toMatch(/names port 81, which Service cart does not have; it has 80$/);
  });
});

describe('showing diagnostics', () => {
  it('shows errors first, with the line and a mark under the place', () => {
    const text = deployment
      .replace('image: cart', 'image: cart\n          tty: true')
      .replace('spec:\n', 'spec:\n  replcias: 2\n')
      .replace(/tty: true/, 'tty: yes');
    expect(formatDiagnostics(parse(text).diagnostics, { colors: false }))
      .toBe(`app.yaml:5:3: error: Deployment cart: unknown field spec.replcias; did you mean replicas?
  5 │   replcias: 2
    │   ^^^^^^^^`);
  });

  it('keeps control characters from the terminal', () => {
    const shown = formatDiagnostics(parse('apiVersion: v1\nkind: "\\e[2JPod"\nmetadata: { name: a }\n').diagnostics, {
      colors: false,
    });

    expect(shown).not.toMatch(/[\u0000-\u0008\u000b-\u001f]/);
  });

  it('cuts a long line around the place', () => {
    const shown = formatDiagnostics(
      parse(
        `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","annotations":{"x":"${'y'.repeat(500)}"}},"dta":{}}`,
        'a.json',
      ).diagnostics,
      { colors: false },
    );
    const [, line = '', mark = ''] = shown.split('\n');
    expect(line.length).toBeLessThan(140);
    expect(line.slice(mark.indexOf('^'), mark.lastIndexOf('^') + 1)).toBe('"dta"');
  });
});
