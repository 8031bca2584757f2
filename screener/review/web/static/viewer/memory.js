// What stays from parcel to parcel in this window: layout, scale, map and the last filters.
// Filters themselves do not: every parcel is first seen as its scanner sent it.

const KEY = "screener.viewer";

export function recall() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}

export function remember(kept) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    // A browser that keeps nothing shows every parcel anew.
  }
}
