-- The shop's opening range and its opening stock.
WITH opening (id, category, name_ja, name_en, description_ja, description_en, price_yen, stock) AS (VALUES
  ('sencha-asatsuyu', 'tea', '深蒸し煎茶 あさつゆ 100g', 'Asatsuyu Deep-Steamed Sencha, 100 g', '鹿児島県知覧の一番茶。とろりとした甘みと鮮やかな緑。', 'First flush from Chiran, Kagoshima: a mellow sweetness and a vivid green cup.', 1480, 240),
  ('gyokuro-yame', 'tea', '八女伝統本玉露 50g', 'Yame Gyokuro, 50 g', '藁で覆って育てた、うま味の濃い玉露。低めの湯でゆっくりと。', 'Grown in the shade of straw for a deep umami. Brew it slowly, with water well off the boil.', 3240, 60),
  ('hojicha-kyoto', 'tea', '京番茶 炒りほうじ茶 200g', 'Kyoto Roasted Hojicha, 200 g', '強火で焙じた香ばしい茶葉。食後や寝る前にも。', 'Leaves roasted over a strong fire. Low in caffeine, good after dinner.', 980, 300),
  ('genmaicha-matcha', 'tea', '抹茶入り玄米茶 150g', 'Genmaicha with Matcha, 150 g', '炒り玄米の香りに、宇治抹茶をひとつまみ。', 'Toasted brown rice and green tea with a pinch of Uji matcha.', 860, 280),
  ('matcha-uji', 'tea', '宇治抹茶 薄茶用 30g', 'Uji Matcha for Usucha, 30 g', '石臼で挽いた、きめ細かな抹茶。', 'Stone-milled and fine, for a bowl of thin tea every day.', 2700, 90),
  ('wakoucha-benifuuki', 'tea', '国産和紅茶 べにふうき 80g', 'Benifuuki Japanese Black Tea, 80 g', '静岡の茶園で発酵まで仕上げた、やさしい渋みの紅茶。', 'Grown and oxidised on one farm in Shizuoka; a gentle black tea.', 1320, 150),

  ('tetsubin-nambu', 'kitchen', '南部鉄瓶 あられ 0.9L', 'Nambu Cast-Iron Kettle, Arare, 0.9 L', '岩手の職人が鋳込んだ鉄瓶。湯がまろやかになります。', 'Cast in Iwate with the classic hobnail pattern. Makes the water soft and round.', 18700, 18),
  ('santoku-knife', 'kitchen', '堺 三徳包丁 165mm', 'Sakai Santoku Knife, 165 mm', '青紙鋼を割り込んだ、家庭のための一本。', 'Blue-steel core, made in Sakai: the one knife a home kitchen needs.', 12800, 35),
  ('donabe-iga', 'kitchen', '伊賀焼 土鍋 8号', 'Iga Donabe Clay Pot, 24 cm', 'ゆっくり温まり、冷めにくい。鍋も炊飯もこれひとつで。', 'Warms slowly and holds its heat: hot pots, stews and rice from one pot.', 15400, 22),
  ('hinoki-cutting-board', 'kitchen', '四万十ひのき まな板', 'Shimanto Hinoki Cutting Board', '刃当たりがやわらかく、水切れのよい一枚板。', 'One piece of cypress, gentle on the edge and quick to dry.', 4950, 70),
  ('suribachi-mino', 'kitchen', '美濃焼 すり鉢・すりこぎセット', 'Mino Suribachi Mortar and Pestle', '波形の溝で胡麻がよくすれる、食卓に出せるすり鉢。', 'A ridged mortar for sesame and dressings, handsome enough for the table.', 3300, 85),
  ('tamagoyaki-pan', 'kitchen', '銅製 玉子焼き器 15cm', 'Copper Tamagoyaki Pan, 15 cm', '熱がすばやく回り、ふっくら焼き上がる銅の玉子焼き器。', 'Copper spreads the heat evenly for a fluffy rolled omelette.', 8800, 40),

  ('raku-tea-bowl', 'tableware', '黒楽茶碗 一点もの', 'Black Raku Tea Bowl, One of a Kind', '手びねりで作り、一碗ずつ焼き上げた世界にひとつの茶碗。', 'Shaped by hand and fired alone. There is only this one.', 48000, 1),
  ('chawan-hagi', 'tableware', '萩焼 飯碗 白', 'Hagi Rice Bowl, White', '使うほどに色合いが変わる「萩の七化け」を楽しむ器。', 'Its colour changes with the years of use, as Hagi ware is loved for.', 4400, 55),
  ('kyusu-tokoname', 'tableware', '常滑焼 朱泥急須 300ml', 'Tokoname Red-Clay Teapot, 300 ml', '細かな陶製の茶こしを備えた、切れのよい急須。', 'A fine ceramic strainer and a spout that never drips.', 7480, 45),
  ('soba-choko-arita', 'tableware', '有田焼 そば猪口 五客揃', 'Arita Soba Cups, Set of Five', '五つの染付文様。小鉢や湯呑みにも。', 'Five blue-and-white patterns; also good for tea or small dishes.', 8250, 30),
  ('lacquer-bowl-wajima', 'tableware', '輪島塗 汁椀 朱', 'Wajima Lacquer Soup Bowl, Vermilion', '布着せ本堅地の丈夫な下地に、朱を塗り重ねました。', 'Layer on layer of vermilion over a ground made to last generations.', 14300, 20),
  ('edo-kiriko-glass', 'tableware', '江戸切子 ロックグラス 瑠璃', 'Edo Kiriko Rocks Glass, Lapis', '籠目と菊つなぎの文様を手で切り出したグラス。', 'Basket-weave and chrysanthemum cut by hand in lapis-blue glass.', 22000, 15),

  ('fude-brush-kumano', 'stationery', '熊野筆 書道筆 中鋒', 'Kumano Calligraphy Brush, Medium', '羊毛と馬毛を合わせた、まとまりのよい兼毫筆。', 'Goat and horse hair blended for a brush that keeps its point.', 4180, 60),
  ('sumi-ink-nara', 'stationery', '奈良墨 油煙 1.5丁型', 'Nara Sumi Ink Stick', '菜種油の煤から作る、つやのある黒。', 'Made from rapeseed-oil soot: a warm, glossy black.', 2420, 80),
  ('washi-letter-set', 'stationery', '美濃和紙 便箋・封筒セット', 'Mino Washi Letter Set', '薄くて強い手漉きの風合い。便箋二十枚、封筒十枚。', 'Thin, strong, with the feel of handmade paper: twenty sheets, ten envelopes.', 1100, 200),
  ('notebook-grid-a5', 'stationery', '糸綴じ方眼ノート A5', 'Thread-Bound Grid Notebook, A5', '180度開き、万年筆でも裏抜けしにくい。', 'Opens flat; the paper takes a fountain pen without bleeding.', 880, 400),
  ('fountain-pen-urushi', 'stationery', '漆塗り万年筆 溜塗', 'Urushi Lacquer Fountain Pen, Tame-nuri', '使うほどに透けて明るくなる溜塗。14金ペン先。', 'Lacquer that grows clearer with the years; 14-carat gold nib.', 33000, 12),
  ('goshuin-book', 'stationery', '西陣織 御朱印帳', 'Nishijin Brocade Goshuin Book', '蛇腹綴じ二十四山。旅の印を一冊に。', 'An accordion book for the seals of temples and shrines.', 2200, 110),

  ('furoshiki-seigaiha', 'textiles', '綿風呂敷 青海波 105cm', 'Cotton Furoshiki, Seigaiha Waves, 105 cm', '包んで結べば鞄にも。穏やかな波の吉祥文様。', 'Wraps a gift or ties into a bag; the wave pattern wishes calm seas.', 3960, 95),
  ('tenugui-asanoha', 'textiles', '注染手ぬぐい 麻の葉', 'Hand-Dyed Tenugui, Hemp Leaf', '裏表なく染まる注染。使うほどやわらかに。', 'Dyed right through, so both sides are the front. Softer with every wash.', 1320, 220),
  ('imabari-bath-towel', 'textiles', '今治バスタオル 白', 'Imabari Bath Towel, White', '水に入れて五秒で沈む吸水力。', 'So absorbent that it sinks in water within five seconds.', 2750, 160),
  ('indigo-stole', 'textiles', '阿波藍 本染めストール', 'Awa Indigo Stole', '徳島の藍で繰り返し染めた、深い青の綿ストール。', 'Cotton dipped again and again in natural Tokushima indigo.', 9900, 28),
  ('tabi-socks', 'textiles', '足袋くつ下 市松', 'Tabi Socks, Ichimatsu Check', '指先が自由に動く、日常の足袋型ソックス。', 'Split-toe socks for every day, in the checked ichimatsu pattern.', 1540, 260),
  ('noren-linen', 'textiles', '近江麻 のれん 生成り', 'Omi Linen Noren Curtain, Natural', '風と光をやわらかく通す、滋賀の麻。', 'Shiga linen that lets light and air through a doorway.', 7700, 24),

  ('hatcho-miso', 'food', '八丁味噌 三年熟成 400g', 'Hatcho Miso, Aged Three Years, 400 g', '大豆と塩だけを木桶で三年。濃く深い味わい。', 'Soybeans and salt, three years in cedar vats. Dark and deep.', 1180, 140),
  ('kioke-shoyu', 'food', '小豆島 木桶仕込み醤油 500ml', 'Shodoshima Barrel-Aged Soy Sauce, 500 ml', '百年の木桶でゆっくり発酵させた再仕込み醤油。', 'Brewed twice in hundred-year-old barrels.', 1620, 130),
  ('yuzu-kosho', 'food', '柚子胡椒 青 80g', 'Yuzu Kosho, Green, 80 g', '大分の青柚子と青唐辛子。鍋や焼き鳥に。', 'Green yuzu and chilli from Oita, for hot pots and grilled chicken.', 740, 190),
  ('koshihikari-uonuma', 'food', '魚沼産こしひかり 2kg', 'Uonuma Koshihikari Rice, 2 kg', '雪解け水で育った、粘りと甘みのある米。', 'Raised on snowmelt: sticky, sweet and fragrant.', 2480, 120),
  ('umeboshi-kishu', 'food', '紀州南高梅 梅干し 200g', 'Kishu Nanko Umeboshi, 200 g', '塩だけで漬けた、昔ながらのすっぱい梅干し。', 'Pickled plums with salt and nothing else, as they used to be.', 1680, 100),
  ('yokan-ogura', 'food', '本煉羊羹 小倉', 'Ogura Yokan Sweet Bean Jelly', '北海道の小豆をじっくり煉り上げた、切り分けて楽しむ羊羹。', 'Hokkaido azuki slowly kneaded into a firm jelly, to slice and share.', 1950, 90),

  ('andon-lamp', 'home', '和紙の行灯 丸', 'Round Washi Andon Lamp', '美濃和紙を一枚ずつ貼った、やわらかな灯り。', 'Mino paper pasted by hand, for a light that rests the eyes.', 11000, 26),
  ('incense-awaji', 'home', '淡路島のお香 白檀', 'Awaji Incense, Sandalwood', '香司が調合した、静かに香る四十本。', 'Blended by a master of incense: forty sticks, quietly fragrant.', 1760, 170),
  ('furin-nambu', 'home', '南部風鈴 釣鐘', 'Nambu Iron Wind Bell', '澄んだ高い音が長く続く、鋳物の風鈴。', 'Cast iron with a clear, high note that lingers in summer air.', 2640, 75),
  ('zabuton-kurume', 'home', '久留米絣 座布団', 'Kurume Kasuri Floor Cushion', '綿をたっぷり詰めた、藍の絣の座布団。', 'Indigo ikat, generously filled with cotton.', 6380, 38),
  ('kokeshi-tsugaru', 'home', '津軽こけし 6寸', 'Tsugaru Kokeshi Doll, 18 cm', '一本の木から挽き出した、おかっぱ頭のこけし。', 'Turned from a single piece of wood, with bobbed hair and a shy smile.', 5280, 32),
  ('hinoki-bath-stool', 'home', '木曽ひのき 風呂椅子', 'Kiso Hinoki Bath Stool', '湯気とともに香る、木曽のひのき。', 'Kiso cypress that gives off its scent in the steam.', 7150, 34)
), listed AS (
  INSERT INTO products (id, category, name_ja, name_en, description_ja, description_en, price_yen, position)
  SELECT id, category, name_ja, name_en, description_ja, description_en, price_yen, row_number() OVER () FROM opening
)
INSERT INTO stock (product_id, initial, available)
SELECT id, stock, stock FROM opening;
