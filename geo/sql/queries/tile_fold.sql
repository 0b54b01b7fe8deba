SELECT tile_fold(%(today)s::date);
