/** What the mock shop answers. */

export interface MockAnswer {
  status: number;
  body: unknown;
}

export const created = (body: unknown): MockAnswer => ({ status: 201, body });
export const ok = (body: unknown): MockAnswer => ({ status: 200, body });
export const problem = (status: number, detail: string, type = 'about:blank'): MockAnswer => ({
  status,
  body: { type, title: 'Problem', status, detail },
});
