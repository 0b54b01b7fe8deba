SELECT tile_unmake(%(layer)s);
