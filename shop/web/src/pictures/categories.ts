/** What the shop sells, in the order of its shelves. The catalogue service has the same list; another one it adds shows without a picture of its own. */
export const categories = ['tea', 'kitchen', 'tableware', 'stationery', 'textiles', 'food', 'home'] as const;

/** What a product of each shelf is called, for places that know only its id, such as a cart. */
const words: Readonly<Record<(typeof categories)[number], RegExp>> = {
  tea: /sencha|matcha|genmai|gyokuro|hojicha|bancha|wakoucha/,
  kitchen: /tetsubin|kettle|knife|hocho|donabe|pot$|board|suribachi|mortar|pan$/,
  tableware: /bowl|chawan|kyusu|teapot|choko|cup|lacquer|kiriko|glass/,
  stationery: /brush|fude|-ink|letter|pen|book/,
  textiles: /tenugui|towel|stole|scarf|tabi|sock|noren|furoshiki/,
  food: /miso|shoyu|soy|vinegar|kosho|jam|hikari|rice|^ume|yokan|sweet/,
  home: /incense|furin|bell|zabuton|cushion|kokeshi|doll|stool|lamp/,
};

/** Empty when the id says nothing. */
export function guessCategory(productId: string): string {
  return categories.find((category) => words[category].test(productId)) ?? '';
}
