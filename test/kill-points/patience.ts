/** How long something may take that a killed process holds up, also on a machine that has much else to do. */
export const settleMs = 150_000;
