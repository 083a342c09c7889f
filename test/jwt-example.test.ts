/** examples/jwt as a user runs it: tokens are verified at the gateway, decide what is allowed, and where a request goes. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hikyaku, repository, startSystem } from './support/system.ts';
import type { System } from './support/system.ts';

const cwd = join(repository, 'examples/jwt');
let system: System;

beforeAll(async () => {
  system = await startSystem({ cwd, paths: ['deploy'], args: ['--no-watch'] });
  await system.printed(/ready in/);
});
afterAll(() => system.purge());

async function tokenOf(claims: Record<string, string>): Promise<string> {
  return (await fetch(`${system.url}/token?${new URLSearchParams(claims).toString()}`)).text();
}

async function ask(path: string, token?: string, more: Record<string, string> = {}): Promise<string> {
  const headers = { ...more, ...(token !== undefined && { authorization: `Bearer ${token}` }) };
  const response = await fetch(`${system.url}${path}`, { headers });
  return response.ok ? response.text() : `${response.status} ${response.headers.get('x-hikyaku-reason') ?? ''}`;
}

it('lets in without a token what needs none, and refuses a token that nobody signed', async () => {
  const [head = '', body = ''] = (await tokenOf({ sub: 'hanako' })).split('.');
  expect(await ask('/')).toBe('hello stranger');
  expect(await ask('/', undefined, { 'x-user': 'somebody else' })).toBe('hello stranger');
  expect(await ask('/', `${head}.${body}.${'A'.repeat(86)}`)).toBe('401 unauthenticated');
});

it('asks for a token, and for one of the staff', async () => {
  const [customer, staff] = [await tokenOf({ sub: 'hanako' }), await tokenOf({ sub: 'taro', group: 'staff' })];
  expect(await ask('/orders')).toBe('403 denied');
  expect(await ask('/orders', customer)).toBe('hello hanako');
  expect(await ask('/admin', customer)).toBe('403 denied');
  expect(await ask('/admin', staff)).toBe('welcome back taro');
});

it('routes by a claim', async () => {
  expect(await ask('/', await tokenOf({ sub: 'taro', group: 'staff' }))).toBe('welcome back taro');
  expect(await ask('/', await tokenOf({ sub: 'hanako', group: 'guests' }))).toBe('hello hanako');
});

it('is without fault to the check, and explained', async () => {
  const { code, output } = await hikyaku(['mesh', 'check', '--strict', 'deploy'], cwd);
  expect([code, output]).toEqual([0, expect.stringContaining('0 errors, 0 warnings') as string]);
  const explained = await hikyaku(['mesh', 'explain', 'GET', '/orders', '--state-dir', system.stateDir], cwd);
  expect(explained.output).toContain('refused without a token, 403');
});
