/** Boxes moved apart as little as needed, none further from its place than it may. */

/**
 * @param {{x: number, y: number, width: number, height: number}[]} boxes by their centres, in pixels
 * @param {number} reach how far a box may move
 * @returns {{x: number, y: number}[]} how far each was moved
 */
export function nudge(boxes, reach) {
  const moved = boxes.map(() => ({ x: 0, y: 0 }));
  for (let round = 0; round < 60; round++) {
    let touching = false;
    for (let i = 0; i < boxes.length; i++) {
      for (let j = i + 1; j < boxes.length; j++) {
        const dx = boxes[j].x + moved[j].x - boxes[i].x - moved[i].x;
        const dy = boxes[j].y + moved[j].y - boxes[i].y - moved[i].y;
        const overX = (boxes[i].width + boxes[j].width) / 2 - Math.abs(dx);
        const overY = (boxes[i].height + boxes[j].height) / 2 - Math.abs(dy);
        if (overX <= 0 || overY <= 0) continue;
        touching = true;
        if (overX < overY) shift(moved[i], moved[j], "x", (Math.sign(dx) || 1) * overX);
        else shift(moved[i], moved[j], "y", (Math.sign(dy) || 1) * overY);
      }
    }
    for (const each of moved) {
      const length = Math.hypot(each.x, each.y);
      if (length > reach) {
        each.x *= reach / length;
        each.y *= reach / length;
      }
    }
    if (!touching) break;
  }
  return moved;
}

function shift(one, other, axis, over) {
  one[axis] -= over / 4;
  other[axis] += over / 4;
}
