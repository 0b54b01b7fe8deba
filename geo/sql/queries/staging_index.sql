ALTER TABLE {staging} ADD PRIMARY KEY (layer, id);
CREATE INDEX ON {staging} USING gist (geom);
CREATE INDEX ON {staging} (org_unit);
