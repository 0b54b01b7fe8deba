CREATE TABLE {staging} (LIKE feature INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS);
CREATE TEMPORARY TABLE staged_milestone (id uuid NOT NULL, milestone text NOT NULL, reached_on date NOT NULL)
ON COMMIT DROP;
CREATE TEMPORARY TABLE staged_difference (feature uuid NOT NULL, field text NOT NULL, old text, new text)
ON COMMIT DROP;
CREATE TEMPORARY TABLE staged_private (id uuid NOT NULL, attributes jsonb NOT NULL) ON COMMIT DROP;
CREATE TEMPORARY TABLE staged_change (feature uuid NOT NULL, fresh boolean NOT NULL) ON COMMIT DROP;
