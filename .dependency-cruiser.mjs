// Which package may import which: dependencies point one way (docs/architecture.md).
//   cli → console, control, node, mesh, telemetry → resources;  service stands alone;  shop → service.
const packages = ['resources', 'control', 'node', 'mesh', 'telemetry', 'console', 'service', 'cli'];
const may = {
  resources: [],
  control: ['resources'],
  node: ['resources'],
  mesh: ['resources'],
  telemetry: ['resources'],
  console: ['resources'],
  service: [],
  cli: ['resources', 'control', 'node', 'mesh', 'telemetry', 'console'],
};

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    { name: 'no-import-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
    ...packages.map((name) => ({
      name: `${name}-depends-one-way`,
      severity: 'error',
      from: { path: `^packages/${name}/` },
      to: { path: '^(packages|shop)/', pathNot: [name, ...may[name]].map((allowed) => `^packages/${allowed}/`) },
    })),
    {
      name: 'shop-uses-service-only',
      severity: 'error',
      from: { path: '^shop/', pathNot: '^shop/e2e/' },
      to: { path: '^packages/', pathNot: '^packages/service/' },
    },
    {
      name: 'services-do-not-import-each-other',
      severity: 'error',
      from: { path: '^shop/services/([^/]+)/' },
      to: { path: '^shop/services/', pathNot: '^shop/services/$1/' },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules', 'dist'] },
    exclude: { path: ['/dist/', '\\.test\\.ts$'] },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types', 'default'] },
  },
};
