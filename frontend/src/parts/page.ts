// What every face needs: reading data that the server put into the page, and the CSRF token.

/** The parsed content of `<script type="application/json" id="…">` (Django's json_script). */
export function pageData<T>(id: string): T {
  const holder = document.getElementById(id);
  if (!holder || !holder.textContent) {
    throw new Error(`页面里没有数据块 #${id}`);
  }
  return JSON.parse(holder.textContent) as T;
}

/** The token of `<meta name="csrf" content="…">`, or an empty string on pages that change nothing. */
export function csrfToken(): string {
  const meta = document.querySelector<HTMLMetaElement>('meta[name="csrf"]');
  return meta ? meta.content : "";
}

/** Runs once the page is parsed, at once if it already is. */
export function whenReady(run: () => void): void {
  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", run);
  } else {
    run();
  }
}
