/**
 * Length and area on the ellipsoid of CGCS2000 (GRS 1980), of which WGS 84 differs by a tenth of a millimetre.
 *
 * Geodesics by T. Vincenty, "Direct and inverse solutions of geodesics on the ellipsoid", Survey Review 23 (1975); areas
 * on the sphere of equal area (J. P. Snyder, "Map projections: a working manual", USGS 1395, 1987, p. 16), edges cut so
 * short that geodesic and great circle enclose the same. Positions are [longitude, latitude] in degrees.
 */
const A = 6378137;
const F = 1 / 298.257222101;
const B = A * (1 - F);
const E = Math.sqrt(F * (2 - F));
const RADIANS = Math.PI / 180;
/** Metres of an edge up to which it is a great circle of the sphere of equal area: even of slivers, 1e-7 of the area. */
const PIECE = 1000;
const ROUNDS = 100;

const reduced = (latitude) => Math.atan((1 - F) * Math.tan(latitude * RADIANS));

/** Vincenty's series in u² = cos²α (a² − b²) / b². */
function series(cos2Alpha) {
  const u2 = (cos2Alpha * (A * A - B * B)) / (B * B);
  return {
    large: 1 + (u2 / 16384) * (4096 + u2 * (-768 + u2 * (320 - 175 * u2))),
    small: (u2 / 1024) * (256 + u2 * (-128 + u2 * (74 - 47 * u2))),
  };
}

const correction = (small, sinSigma, cosSigma, cosMiddle) =>
  small * sinSigma * (cosMiddle + (small / 4) * (cosSigma * (2 * cosMiddle ** 2 - 1)
    - (small / 6) * cosMiddle * (4 * sinSigma ** 2 - 3) * (4 * cosMiddle ** 2 - 3)));

/** The difference of longitude on the sphere, less that on the ellipsoid. */
function flattened(cos2Alpha, sinAlpha, sigma, sinSigma, cosSigma, cosMiddle) {
  const c = (F / 16) * cos2Alpha * (4 + F * (4 - 3 * cos2Alpha));
  return (1 - c) * F * sinAlpha * (sigma + c * sinSigma * (cosMiddle + c * cosSigma * (2 * cosMiddle ** 2 - 1)));
}

/** Metres from one position to another, and the azimuth in radians in which one sets out. */
function inverse([lon1, lat1], [lon2, lat2]) {
  const [u1, u2] = [reduced(lat1), reduced(lat2)];
  const [sinU1, cosU1, sinU2, cosU2] = [Math.sin(u1), Math.cos(u1), Math.sin(u2), Math.cos(u2)];
  const difference = (lon2 - lon1) * RADIANS;
  let lambda = difference;
  for (let round = 0; round < ROUNDS; round++) {
    const across = cosU2 * Math.sin(lambda);
    const along = cosU1 * sinU2 - sinU1 * cosU2 * Math.cos(lambda);
    const sinSigma = Math.hypot(across, along);
    if (sinSigma === 0) return { length: 0, azimuth: 0 };
    const cosSigma = sinU1 * sinU2 + cosU1 * cosU2 * Math.cos(lambda);
    const sigma = Math.atan2(sinSigma, cosSigma);
    const sinAlpha = (cosU1 * cosU2 * Math.sin(lambda)) / sinSigma;
    const cos2Alpha = 1 - sinAlpha ** 2;
    const cosMiddle = cos2Alpha ? cosSigma - (2 * sinU1 * sinU2) / cos2Alpha : 0;
    const before = lambda;
    lambda = difference + flattened(cos2Alpha, sinAlpha, sigma, sinSigma, cosSigma, cosMiddle);
    if (Math.abs(lambda - before) > 1e-13 && round < ROUNDS - 1) continue;
    const { large, small } = series(cos2Alpha);
    return {
      length: B * large * (sigma - correction(small, sinSigma, cosSigma, cosMiddle)),
      azimuth: Math.atan2(across, along),
    };
  }
  return { length: NaN, azimuth: NaN };
}

/** The position that lies so many metres away in an azimuth. */
function direct([lon, lat], azimuth, length) {
  const u1 = reduced(lat);
  const [sinU1, cosU1, sin1, cos1] = [Math.sin(u1), Math.cos(u1), Math.sin(azimuth), Math.cos(azimuth)];
  const start = Math.atan2(Math.tan(u1), cos1);
  const sinAlpha = cosU1 * sin1;
  const cos2Alpha = 1 - sinAlpha ** 2;
  const { large, small } = series(cos2Alpha);
  let sigma = length / (B * large);
  let parts;
  for (let round = 0; round < ROUNDS; round++) {
    parts = [Math.sin(sigma), Math.cos(sigma), Math.cos(2 * start + sigma)];
    const before = sigma;
    sigma = length / (B * large) + correction(small, ...parts);
    if (Math.abs(sigma - before) < 1e-14) break;
  }
  const [sinSigma, cosSigma, cosMiddle] = parts;
  const across = sinU1 * sinSigma - cosU1 * cosSigma * cos1;
  const latitude = Math.atan2(sinU1 * cosSigma + cosU1 * sinSigma * cos1, (1 - F) * Math.hypot(sinAlpha, across));
  const lambda = Math.atan2(sinSigma * sin1, cosU1 * cosSigma - sinU1 * sinSigma * cos1);
  const turned = lambda - flattened(cos2Alpha, sinAlpha, sigma, sinSigma, cosSigma, cosMiddle);
  return [lon + turned / RADIANS, latitude / RADIANS];
}

/** Metres along a line of positions. */
export function lengthOf(line) {
  let sum = 0;
  for (let i = 1; i < line.length; i++) sum += inverse(line[i - 1], line[i]).length;
  return sum;
}

const q = (sine) => (1 - E * E) * (sine / (1 - (E * sine) ** 2) + Math.atanh(E * sine) / E);
const POLE = q(1);
/** Tangent of half the latitude on the sphere of equal area. */
const halfTangent = (latitude) => Math.tan(Math.asin(q(Math.sin(latitude * RADIANS)) / POLE) / 2);

/** The edge from one position to another, cut into pieces: the positions after the first. */
function cut(from, to) {
  const { length, azimuth } = inverse(from, to);
  const pieces = Math.max(1, Math.ceil(length / PIECE));
  const between = Array.from({ length: pieces - 1 }, (_, i) => direct(from, azimuth, (length * (i + 1)) / pieces));
  return [...between, to];
}

/** Square metres inside a ring of positions, open or closed. */
export function areaOf(ring) {
  const path = ring.flatMap((position, i) => cut(position, ring[(i + 1) % ring.length]));
  let excess = 0;
  for (let i = 0; i < path.length; i++) {
    const [from, to] = [path[i], path[(i + 1) % path.length]];
    const [one, other] = [halfTangent(from[1]), halfTangent(to[1])];
    excess += 2 * Math.atan2(Math.tan(((to[0] - from[0]) * RADIANS) / 2) * (one + other), 1 + one * other);
  }
  return Math.abs(excess) * ((A * A * POLE) / 2);
}

const turns = ([ax, ay], [bx, by], [cx, cy]) => Math.sign((bx - ax) * (cy - ay) - (by - ay) * (cx - ax));

/** Whether two edges of a ring cross each other, so that it has no area to speak of. */
export function crossesItself(ring) {
  const edge = (i) => [ring[i], ring[(i + 1) % ring.length]];
  for (let i = 0; i < ring.length; i++) {
    for (let j = i + 2; j < ring.length; j++) {
      if (i === 0 && j === ring.length - 1) continue;
      const [[a, b], [c, d]] = [edge(i), edge(j)];
      if (turns(a, b, c) !== turns(a, b, d) && turns(c, d, a) !== turns(c, d, b)) return true;
    }
  }
  return false;
}
