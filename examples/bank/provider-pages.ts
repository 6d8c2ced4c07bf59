export const LOGIN_FAILED = 'E-mail or password is wrong.';

const STYLE = `
  :root { font: 16px/1.5 system-ui, sans-serif; color: #16242f; background: #e9eff3; }
  body { margin: 0; min-height: 100vh; display: grid; place-items: center; }
  main { width: min(20rem, 85vw); padding: 2rem; border-radius: .6rem; background: #fff; box-shadow: 0 2px 12px #0f3d5626; }
  h1 { margin: 0 0 1.25rem; font-size: 1.3rem; }
  label { display: block; margin-bottom: .9rem; font-size: .9rem; color: #52626e; }
  input { box-sizing: border-box; width: 100%; margin-top: .2rem; padding: .5rem .6rem; font: inherit; color: #16242f; border: 1px solid #b6c4cd; border-radius: .3rem; }
  button { width: 100%; padding: .6rem; font: inherit; color: #fff; background: #0f6b96; border: 0; border-radius: .4rem; cursor: pointer; }
  .wrong { color: #9c1c1c; }`;

/** A page of Harbour ID. */
export function pageOf(title: string, content: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title><link rel="icon" href="data:,"><style>${STYLE}</style><main><h1>${title}</h1>${content}</main></html>`;
}

/** The form that asks who it is; `problem` is what was wrong before. */
export function loginPage(problem: string | null): string {
  return pageOf(
    'Harbour ID',
    `${problem === null ? '' : `<p class="wrong" role="alert">${problem}</p>`}<form method="post"><label>E-mail<input name="email" type="email" autocomplete="username" required autofocus></label><label>Password<input name="password" type="password" autocomplete="current-password" required></label><button>Log in</button></form>`,
  );
}

/** Asks once more before it ends the session of the provider. `form` is the provider's own. */
export function logoutPage(form: string): string {
  return pageOf(
    'Log out of Harbour ID?',
    `${form}<button form="op.logoutForm" name="logout" value="yes" autofocus>Log out</button>`,
  );
}
