COPY staged_milestone (id, milestone, reached_on) FROM STDIN WITH (FORMAT binary);
