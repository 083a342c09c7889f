/** What the mock shop keeps for one person: the cart, the addresses and the mails. */
import { randomUUID } from 'node:crypto';
import type { MockProduct } from './catalogue.ts';

export interface Line {
  productId: string;
  quantity: number;
}

interface SavedAddress {
  id: string;
  isDefault: boolean;
}

export interface Mail {
  id: string;
  kind: string;
  to: string;
  subject: string;
  text: string;
  orderId: string;
  state: 'sent';
  createdAt: string;
}

export class MockAccount {
  lines: Line[] = [];
  addresses: SavedAddress[] = [];
  /** The newest first. */
  mails: Mail[] = [];
  readonly #products: () => readonly MockProduct[];

  constructor(products: () => readonly MockProduct[]) {
    this.#products = products;
  }

  /** As cart-service answers. */
  cart(): object {
    const items = this.lines.map((line) => {
      const sold = this.#products().find(({ id }) => id === line.productId);
      return {
        ...line,
        available: sold !== undefined,
        ...(sold && { name: sold.name, unitPriceYen: sold.priceYen, stock: sold.stock }),
      };
    });
    const totalYen = items.reduce((sum, { quantity, unitPriceYen = 0 }) => sum + quantity * unitPriceYen, 0);
    return { items, totalYen, prices: 'current', updatedAt: new Date().toISOString() };
  }

  put(line: Line): void {
    const isThere = this.lines.some(({ productId }) => productId === line.productId);
    this.lines = isThere ? this.lines.map((old) => (old.productId === line.productId ? line : old)) : [...this.lines, line];
  }

  /** Undefined when all are sold; else the index of the first line that is not. */
  merge(lines: Line[]): number | undefined {
    const gone = lines.findIndex(({ productId }) => !this.#products().some(({ id }) => id === productId));
    if (gone >= 0) return gone;
    for (const { productId, quantity } of lines) {
      const present = this.lines.find((line) => line.productId === productId)?.quantity ?? 0;
      this.put({ productId, quantity: Math.max(present, quantity) });
    }
    return undefined;
  }

  remove(productId: string): void {
    this.lines = this.lines.filter((line) => line.productId !== productId);
  }

  /** The first is the default. */
  saveAddress(address: object): SavedAddress {
    const saved = { ...address, id: randomUUID(), isDefault: this.addresses.length === 0 };
    this.addresses.push(saved);
    return saved;
  }

  /** Undefined when there is no such address. */
  changeAddress(id: string, { isDefault = false, ...fields }: { isDefault?: boolean }): SavedAddress | undefined {
    if (!this.addresses.some((one) => one.id === id)) return undefined;
    this.addresses = this.addresses.map((one) =>
      one.id === id
        ? { ...fields, id, isDefault: isDefault || one.isDefault }
        : { ...one, isDefault: one.isDefault && !isDefault },
    );
    return this.addresses.find((one) => one.id === id);
  }

  /** The oldest left becomes the default when the default goes. */
  deleteAddress(id: string): void {
    this.addresses = this.addresses.filter((one) => one.id !== id);
    const [first, ...others] = this.addresses;
    if (first && !this.addresses.some(({ isDefault }) => isDefault)) this.addresses = [{ ...first, isDefault: true }, ...others];
  }

  /** Once for an order and kind; false when it had been told before. */
  tell(mail: Pick<Mail, 'kind' | 'to' | 'subject' | 'text' | 'orderId'>): boolean {
    if (this.mails.some(({ kind, orderId }) => kind === mail.kind && orderId === mail.orderId)) return false;
    this.mails.unshift({ ...mail, id: randomUUID(), state: 'sent', createdAt: new Date().toISOString() });
    return true;
  }
}
