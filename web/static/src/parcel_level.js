/** What stands against a parcel and against the records on it: note, review, blocked; "clear" where nothing does. */

const ORDER = ["note", "review", "blocked"];

export const levelOf = (told) => told.level?.code ?? "clear";

/** The worst of some levels; undefined where there is none. */
export const worstOf = (levels) => ORDER.findLast((each) => levels.includes(each));

/** The worst level of the rules that name each record, by its id. */
export function levelsOf({ verdicts }) {
  const found = new Map();
  for (const { level, features } of verdicts) {
    for (const each of features) found.set(each, worstOf([level.code, found.get(each)]));
  }
  return found;
}
