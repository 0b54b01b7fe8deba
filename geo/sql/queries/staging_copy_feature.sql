COPY {staging} (
    layer, id, code, name, org_unit, geom, area_m2, registered_area_m2, attributes,
    starts_on, due_on, source, source_row, recorded_by, reason
) FROM STDIN WITH (FORMAT binary, FREEZE);
