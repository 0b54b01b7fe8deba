ALTER TABLE {staging} ADD UNIQUE (layer, code);
