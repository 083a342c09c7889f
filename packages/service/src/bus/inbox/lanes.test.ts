import { describe, expect, it } from 'vitest';
import { createLanes } from './lanes.ts';

const turn = () => new Promise<void>((resolve) => void setImmediate(resolve));

describe('lanes', () => {
  it('run one thing after the other, in order, also behind one that fails', async () => {
    const lanes = createLanes(4);
    const log: string[] = [];
    const work = (name: string, fails = false) =>
      lanes.run('a', async () => {
        log.push(`${name}+`);
        await turn();
        log.push(`${name}-`);
        if (fails) throw new Error(name);
      });
    const results = await Promise.allSettled([work('1'), work('2', true), work('3')]);
    expect(log).toEqual(['1+', '1-', '2+', '2-', '3+', '3-']);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('run beside each other, as many as may, and the longest waiting first', async () => {
    const lanes = createLanes(2);
    const running = new Set<string>();
    const order: string[] = [];
    let most = 0;
    const work = (lane: string) =>
      lanes.run(lane, async () => {
        running.add(lane);
        order.push(lane);
        most = Math.max(most, running.size);
        await turn();
        running.delete(lane);
      });
    await Promise.all(['a', 'b', 'c', 'd'].map(work));
    expect(most).toBe(2);
    expect(order).toEqual(['a', 'b', 'c', 'd']);
  });
});
