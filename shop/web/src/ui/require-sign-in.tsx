/** For pages that are somebody's own: who is not signed in goes to sign in and comes back. */
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { here, replace } from '../router/navigation.ts';
import { paths } from '../router/routes.ts';
import { isSignedIn } from '../session/session.ts';

export function RequireSignIn({ children }: { children: ComponentChildren }) {
  useEffect(() => {
    if (!isSignedIn.value) replace(paths.signIn(here.value));
  }, [isSignedIn.value]);
  return isSignedIn.value ? <>{children}</> : null;
}
