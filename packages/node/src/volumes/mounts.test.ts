import { expect, it } from 'vitest';
import { mountsOf, rewriteMounts } from './mounts.ts';

const mounts = mountsOf(
  {
    name: 'c',
    volumeMounts: [
      { name: 'data', mountPath: '/data/' },
      { name: 'config', mountPath: '/data/config', subPath: 'app.yaml' },
      { name: 'logs', mountPath: '/logs', subPathExpr: '$(POD)' },
    ],
  },
  { workspaceRoot: '/data/repo', directoryOf: (name) => `/v/${name}`, expand: (text) => text.replace('$(POD)', 'p1') },
);

it.each([
  ['/data', '/v/data'],
  ['/data/x', '/v/data/x'],
  ['--dir=/data/x', '--dir=/v/data/x'],
  ['/bin:/data/bin:/logs', '/bin:/v/data/bin:/v/logs/p1'],
  ['cat "/data/x" > /logs/y', 'cat "/v/data/x" > /v/logs/p1/y'],
  ['file:///data/x', 'file:///data/x'],
  ['http://host/data/x', 'http://host/data/x'],
  ['/database', '/database'],
  ['/data/config', '/v/config/app.yaml'],
  ['/data/repo/src/main.js', '/data/repo/src/main.js'],
])('%s becomes %s', (text, expected) => {
  expect(rewriteMounts(text, mounts)).toBe(expected);
});
