COPY staged_private (id, attributes) FROM STDIN WITH (FORMAT binary);
