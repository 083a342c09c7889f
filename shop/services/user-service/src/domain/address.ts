/**
 * Where things are sent: Japanese addresses.
 */

export interface AddressFields {
  /** Of the person who receives. */
  name: string;
  /** `NNN-NNNN`. */
  postalCode: string;
  prefecture: Prefecture;
  city: string;
  line1: string;
  /** Building and room. */
  line2?: string;
}

export interface Address extends AddressFields {
  /** UUID. */
  id: string;
  /** Of a person's addresses exactly one is. */
  isDefault: boolean;
}

/** Of one person. */
export const MAX_ADDRESSES = 20;

export class TooManyAddresses extends Error {
  readonly code = 'too_many_addresses';

  constructor() {
    super(`At most ${MAX_ADDRESSES} addresses can be kept. Delete one first.`);
  }
}

/** `1500001` and `150-0001` are the same code. */
export function formatPostalCode(digits: string): string {
  const bare = digits.replace('-', '');
  return `${bare.slice(0, 3)}-${bare.slice(3)}`;
}

/** From north to south, as ISO 3166-2:JP numbers them. */
// prettier-ignore
export const prefectures = [
  '北海道', '青森県', '岩手県', '宮城県', '秋田県', '山形県', '福島県', '茨城県', '栃木県', '群馬県', '埼玉県', '千葉県',
  '東京都', '神奈川県', '新潟県', '富山県', '石川県', '福井県', '山梨県', '長野県', '岐阜県', '静岡県', '愛知県', '三重県',
  '滋賀県', '京都府', '大阪府', '兵庫県', '奈良県', '和歌山県', '鳥取県', '島根県', '岡山県', '広島県', '山口県', '徳島県',
  '香川県', '愛媛県', '高知県', '福岡県', '佐賀県', '長崎県', '熊本県', '大分県', '宮崎県', '鹿児島県', '沖縄県',
] as const;
export type Prefecture = (typeof prefectures)[number];
