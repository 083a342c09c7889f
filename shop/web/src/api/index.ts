/**
 * The page's one API client, wired to the session of this browser.
 *   problem.ts  what can go wrong · decode.ts  wire to types · http.ts  one call · listening.ts  one stream · shop.ts  the routes
 */
import { credentials } from '../session/session.ts';
import { createHttp } from './http.ts';
import { createListening } from './listening.ts';
import { createShopApi } from './shop.ts';

export const api = createShopApi(createHttp({ credentials }), createListening({ credentials }));
