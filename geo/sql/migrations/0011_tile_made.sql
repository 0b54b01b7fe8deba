-- Whether feature_tile holds a layer's features. A first import leaves that to be done afterwards.
ALTER TABLE tile_layer ADD COLUMN made boolean NOT NULL DEFAULT true;
