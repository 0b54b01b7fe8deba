SELECT tile_refill(%(layer)s);
