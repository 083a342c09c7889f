import { describe, expect, it, vi } from 'vitest';
import { ApiError } from '../api/problem.ts';
import { createCredentials, type CredentialsPorts, type Session } from './credentials.ts';

const nowMs = 1_000_000;
const session = (name: string, leftMs: number): Session => ({
  accessToken: `access ${name}`,
  refreshToken: `refresh ${name}`,
  expiresAtMs: nowMs + leftMs,
});

/** What all tabs share, and one lock over them. */
function browser(first: Session | undefined, refresh: CredentialsPorts['refresh']) {
  let stored = first;
  let turn: Promise<unknown> = Promise.resolve();
  const ports: CredentialsPorts = {
    current: () => stored,
    keep: (next) => (stored = next),
    end: () => (stored = undefined),
    refresh: vi.fn(refresh),
    exclusively: (work) => {
      const mine = turn.then(work);
      turn = mine.catch(() => undefined);
      return mine;
    },
    nowMs: () => nowMs,
  };
  return { ports, tab: () => createCredentials(ports), stored: () => stored };
}

const renewed = () => Promise.resolve(session('next', 3_600_000));
const fails = (error: ApiError) => () => Promise.reject(error);
const away = new ApiError(503, {});
const over = new ApiError(401, {});

describe('the token of a session', () => {
  it('is used as long as it is good', async () => {
    const { ports, tab } = browser(session('first', 60_000), renewed);
    expect(await tab().token()).toBe('access first');
    expect(ports.refresh).not.toHaveBeenCalled();
  });

  it('is there for nobody who is not signed in', async () => {
    expect(await browser(undefined, renewed).tab().token()).toBeUndefined();
  });

  it.each([10_000, -10_000])('is renewed once for all tabs and calls when it has %i ms left', async (leftMs) => {
    const { ports, tab, stored } = browser(session('first', leftMs), renewed);
    const [one, other] = [tab(), tab()];
    expect(await Promise.all([one.token(), one.token(), other.token()])).toEqual(Array(3).fill('access next'));
    expect(ports.refresh).toHaveBeenCalledExactlyOnceWith('refresh first');
    expect(stored()?.refreshToken).toBe('refresh next');
  });

  it('is used to its last second when it cannot be renewed now', async () => {
    expect(await browser(session('first', 10_000), fails(away)).tab().token()).toBe('access first');
  });

  it('is not to be had while it has ended and cannot be renewed; the session stays', async () => {
    const { tab, stored } = browser(session('first', -1), fails(away));
    await expect(tab().token()).rejects.toBe(away);
    expect(stored()?.refreshToken).toBe('refresh first');
  });

  it('ends with the session', async () => {
    const { tab, stored } = browser(session('first', -1), fails(over));
    expect(await tab().token()).toBeUndefined();
    expect(stored()).toBeUndefined();
  });
});

describe('a token that was refused', () => {
  it('is replaced, though it seemed to be good', async () => {
    const { tab } = browser(session('first', 60_000), renewed);
    expect(await tab().replace('access first')).toBe('access next');
  });

  it('is replaced by what another tab has got meanwhile', async () => {
    const { ports, tab } = browser(session('second', 60_000), renewed);
    expect(await tab().replace('access first')).toBe('access second');
    expect(ports.refresh).not.toHaveBeenCalled();
  });

  it('is not replaced for who signs out meanwhile', async () => {
    const { ports, tab, stored } = browser(session('first', 60_000), () => {
      ports.end();
      return renewed();
    });
    expect(await tab().replace('access first')).toBeUndefined();
    expect(stored()).toBeUndefined();
  });
});
