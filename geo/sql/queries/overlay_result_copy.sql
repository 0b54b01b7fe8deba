COPY overlay_result (job, place, weight, level, told) FROM STDIN;
