/** How many: minus, a number to type, plus. */
import { maxQuantity } from '../cart/cart.ts';

export interface QuantityProps {
  label: string;
  value: number;
  /** Never more than one order may hold. */
  max: number;
  onChange: (quantity: number) => void;
}

export function Quantity({ label, value, max, onChange }: QuantityProps) {
  const most = Math.max(1, Math.min(max, maxQuantity));
  const change = (quantity: number) => onChange(Math.max(1, Math.min(most, quantity)));
  return (
    <div class="quantity" role="group" aria-label={label}>
      <button type="button" aria-label="−1" disabled={value <= 1} onClick={() => change(value - 1)}>
        −
      </button>
      <input
        type="text"
        inputMode="numeric"
        aria-label={label}
        value={value}
        onChange={(event) => {
          const typed = Number.parseInt(event.currentTarget.value.normalize('NFKC'), 10);
          change(Number.isNaN(typed) ? value : typed);
          event.currentTarget.value = String(Number.isNaN(typed) ? value : Math.max(1, Math.min(most, typed)));
        }}
      />
      <button type="button" aria-label="+1" disabled={value >= most} onClick={() => change(value + 1)}>
        +
      </button>
    </div>
  );
}
