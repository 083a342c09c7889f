/** `[██████························] 20 %  failing` */
export function progressBar(fraction: number, note: string): string {
  const width = 30;
  const filled = Math.round(fraction * width);
  return `[${'█'.repeat(filled)}${'·'.repeat(width - filled)}] ${Math.round(fraction * 100)} %  ${note}`;
}
