/** The figures of a reader who sees some townships of the county: sums of theirs. */

/** Two rows or parts of rows added up: what is a number is added, everything else is that of the first. */
function added(one, other) {
  const sum = { ...one };
  for (const [name, value] of Object.entries(other)) {
    if (typeof value === "number") sum[name] = (one[name] ?? 0) + value;
    else if (value && typeof value === "object") sum[name] = added(one[name] ?? {}, value);
  }
  return sum;
}

/** The rows of a county for a reader who sees some townships of it: the sum of theirs. */
export function withSums(rows, county, mine) {
  const sums = new Map();
  for (const row of rows.filter(({ org_unit: unit }) => mine.includes(unit))) {
    const key = `${row.layer} ${row.measure}`;
    sums.set(key, { ...(sums.has(key) ? added(sums.get(key), row) : row), org_unit: county });
  }
  return [...rows, ...sums.values()];
}
