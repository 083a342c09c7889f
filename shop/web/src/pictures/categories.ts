/** What the shop sells, in the order of its shelves. The catalogue service has the same list; another one it adds shows without a picture of its own. */
export const categories = ['tea', 'kitchen', 'tableware', 'stationery', 'textiles', 'food', 'home'] as const;
