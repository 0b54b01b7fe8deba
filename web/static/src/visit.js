/** When somebody was last at a place of this site, kept on the device alone. */

const VISIT = 30 * 60 * 1000;
const FIRST = 7 * 24 * 60 * 60 * 1000;

/**
 * The moment since which changes are new to the reader; a visit goes on while pauses are shorter than half an hour.
 * @param {string} key who and where
 * @param {Date} now the server's clock
 * @returns {{since: Date, first: boolean}} on a first visit, seven days ago
 */
export function lastVisit(key, now) {
  let kept = null;
  try {
    kept = JSON.parse(localStorage.getItem(key));
  } catch {
    // Storage is forbidden or holds what we did not write: a first visit.
  }
  const [since, seen] = [kept?.since, kept?.seen].map((each) => new Date(each ?? NaN));
  const known = !Number.isNaN(seen.valueOf()) && seen <= now;
  const goesOn = known && !Number.isNaN(since.valueOf()) && now - seen < VISIT;
  const from = goesOn ? since : known ? seen : new Date(now - FIRST);
  const first = goesOn ? Boolean(kept.first) : !known;
  try {
    localStorage.setItem(key, JSON.stringify({ since: from, seen: now, first }));
  } catch {
    // As above: the next visit is a first one too.
  }
  return { since: from, first };
}
