SELECT true FROM org_unit LIMIT 1;
