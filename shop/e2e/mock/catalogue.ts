/** A few products of every shelf, for tests of the page without the services behind it. */

export interface MockProduct {
  id: string;
  category: string;
  name: { ja: string; en: string };
  description: { ja: string; en: string };
  priceYen: number;
  stock: number;
}

export const someProducts: readonly MockProduct[] = [
  product('sencha-asatsuyu', 'tea', '深蒸し煎茶 あさつゆ 100g', 'Asatsuyu Deep-Steamed Sencha, 100 g', 1480, 240),
  product('matcha-uji', 'tea', '宇治抹茶 薄茶用 30g', 'Uji Matcha for Usucha, 30 g', 2700, 90),
  product('tetsubin-nambu', 'kitchen', '南部鉄瓶 あられ 0.9L', 'Nambu Cast-Iron Kettle, Arare, 0.9 L', 18_700, 18),
  product('santoku-knife', 'kitchen', '堺 三徳包丁 165mm', 'Sakai Santoku Knife, 165 mm', 12_800, 35),
  product('raku-tea-bowl', 'tableware', '黒楽茶碗 一点もの', 'Black Raku Tea Bowl, One of a Kind', 48_000, 1),
  product('kyusu-tokoname', 'tableware', '常滑焼 朱泥急須 300ml', 'Tokoname Red-Clay Teapot, 300 ml', 7480, 45),
  product('fude-brush-kumano', 'stationery', '熊野筆 書道筆 中鋒', 'Kumano Calligraphy Brush, Medium', 4180, 60),
  product('notebook-grid-a5', 'stationery', '糸綴じ方眼ノート A5', 'Thread-Bound Grid Notebook, A5', 880, 400),
  product('furoshiki-seigaiha', 'textiles', '綿風呂敷 青海波 105cm', 'Cotton Furoshiki, Seigaiha Waves, 105 cm', 3960, 95),
  product('indigo-stole', 'textiles', '阿波藍 本染めストール', 'Awa Indigo Stole', 9900, 28),
  product('kioke-shoyu', 'food', '小豆島 木桶仕込み醤油 500ml', 'Shodoshima Barrel-Aged Soy Sauce, 500 ml', 1620, 130),
  product('umeboshi-kishu', 'food', '紀州南高梅 梅干し 200g', 'Kishu Nanko Umeboshi, 200 g', 1680, 0),
  product('andon-lamp', 'home', '和紙の行灯 丸', 'Round Washi Andon Lamp', 11_000, 26),
  product('kokeshi-tsugaru', 'home', '津軽こけし 6寸', 'Tsugaru Kokeshi Doll, 18 cm', 5280, 32),
];

function product(id: string, category: string, ja: string, en: string, priceYen: number, stock: number): MockProduct {
  const description = { ja: `${ja}。職人の手から。`, en: `${en}: made by hand.` };
  return { id, category, name: { ja, en }, description, priceYen, stock };
}
