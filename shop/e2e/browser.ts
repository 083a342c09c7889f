/** A real Chromium from npm, headless: no download, no root. */
import chromium from '@sparticuz/chromium';
import { type Browser, chromium as playwright } from 'playwright-core';

/** The package's arguments are for a function that renders one page and ends: in a single process, closing a context takes the browser with it. */
const notForTests = new Set(['--single-process', '--no-zygote']);

export async function openBrowser(): Promise<Browser> {
  const args = chromium.args.filter((argument) => !notForTests.has(argument));
  return playwright.launch({ executablePath: await chromium.executablePath(), args, headless: true });
}
