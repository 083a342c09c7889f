/**
 * Sends a webhook over HTTP, signed so that the receiver knows who sent it and when: `card-network-signature: t=…,v1=…`, where v1 is the
 * HMAC-SHA256 of the time (Unix seconds), a dot, and the body as it is sent, in hexadecimal.
 */
import { createHmac } from 'node:crypto';
import type { Webhook } from '../application/delivering.ts';

export interface SenderOptions {
  url: string;
  secret: string;
  /** Told why webhooks were not acknowledged. */
  onFailure: (webhooks: readonly Webhook[], reason: string) => void;
}

const timeoutMs = 10_000;

export function webhookSender({ url, secret, onFailure }: SenderOptions) {
  return async (webhooks: readonly Webhook[], signal: AbortSignal): Promise<boolean> => {
    const body = JSON.stringify({ events: webhooks.map(({ id, type, createdAt, data }) => ({ id, type, createdAt, data })) });
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'card-network-signature': sign(body, secret, Date.now()) },
        body,
        redirect: 'error',
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      });
      // Read to the end, so that the connection can be used again.
      await response.arrayBuffer();
      if (!response.ok) onFailure(webhooks, `status ${response.status}`);
      return response.ok;
    } catch (error) {
      onFailure(webhooks, error instanceof Error ? error.message : String(error));
      return false;
    }
  };
}

/** The value of the signature header. */
export function sign(body: string, secret: string, nowMs: number): string {
  const seconds = Math.floor(nowMs / 1000);
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
}
