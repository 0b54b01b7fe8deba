CREATE TEMPORARY TABLE undone (feature uuid PRIMARY KEY, version integer NOT NULL, fresh boolean NOT NULL)
ON COMMIT DROP;
