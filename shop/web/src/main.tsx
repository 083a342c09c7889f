/**
 * The storefront in the browser, in the order a purchase goes through it:
 *
 *   router/     which page an address shows
 *   pages/      one file per page; the only place that puts the rest together
 *   cart/       what is to be bought
 *   session/    who is signed in
 *   checkout/   the purchase, sent at most once
 *   order/      following it
 *   api/        calls to the shop's services
 *   i18n/       Japanese and English
 *   pictures/   drawings of the products
 *   ui/         small parts that several pages use
 */
import { render } from 'preact';
import { App } from './pages/app.tsx';

const root = document.getElementById('app');
if (root) render(<App />, root);
