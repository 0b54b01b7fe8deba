SELECT tile_make(%(layer)s);
