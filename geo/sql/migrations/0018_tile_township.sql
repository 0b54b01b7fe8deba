-- Cells know their township, so that a map which shows one of them counts no neighbour's features. '' is none.
DELETE FROM tile_cell;
ALTER TABLE tile_cell
ADD COLUMN township text NOT NULL,
DROP CONSTRAINT tile_cell_key,
ADD CONSTRAINT tile_cell_key PRIMARY KEY (layer, zoom, tile_x, tile_y, x, y, township);
ALTER TABLE tile_delta
ADD COLUMN township text;
-- Counted anew from the features.
UPDATE tile_layer SET as_of = NULL;
