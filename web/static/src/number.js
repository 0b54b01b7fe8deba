/** Numbers as both languages write them. */

/**
 * A number with as many decimals as its size leaves worth reading, written alike in both languages: 12,345.67. `Intl` says
 * the same, but takes longer to be made ready than all of a first picture's numbers.
 */
export function number(value) {
  const size = Math.abs(value);
  const most = Number.isInteger(value) || size >= 1000 ? 0 : size >= 100 ? 1 : 2;
  // Shifted as text, so that 181.35 is the middle between its neighbours as it is on paper.
  const rounded = most && size >= 1e-6 ? Number(`${Math.round(`${size}e${most}`)}e-${most}`) : Math.round(size);
  const [whole, decimals] = String(rounded).split(".");
  const sign = value < 0 && rounded > 0 ? "-" : "";
  return sign + whole.replace(/\B(?=(\d{3})+$)/g, ",") + (decimals ? `.${decimals}` : "");
}
