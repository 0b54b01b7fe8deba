SELECT layer
FROM tile_layer
WHERE NOT made
ORDER BY layer;
