import { expect, it } from 'vitest';
import { loadConfig } from './config.ts';
import { authFrom, tokenSettings } from './token-settings.ts';

const settings = tokenSettings({ issuer: 'http://user-service:8080', audience: 'shop' });
const authIn = (env: Record<string, string>) => authFrom(loadConfig(settings, env));

it('takes the tokens of the default issuer, by the keys that it publishes', () => {
  expect(authIn({})).toEqual({
    issuer: 'http://user-service:8080',
    audience: 'shop',
    jwksUrl: 'http://user-service:8080/.well-known/jwks.json',
  });
});

it('takes another issuer and audience, and looks for the keys there', () => {
  const auth = authIn({ TOKEN_ISSUER: 'https://id.example/realms/shop/', TOKEN_AUDIENCE: 'tea' });
  expect(auth).toEqual({
    issuer: 'https://id.example/realms/shop/',
    audience: 'tea',
    jwksUrl: 'https://id.example/realms/shop/.well-known/jwks.json',
  });
});

it('takes the keys from elsewhere when it is told so', () => {
  expect(authIn({ JWKS_URL: 'http://127.0.0.1:1/keys' })?.jwksUrl).toBe('http://127.0.0.1:1/keys');
});

it('takes no tokens where the settings are not declared', () => {
  expect(authFrom(loadConfig({}, { TOKEN_ISSUER: 'http://user-service:8080', TOKEN_AUDIENCE: 'shop' }))).toBeUndefined();
});
