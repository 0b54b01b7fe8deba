-- What was seen in the field, with photographs, and who judged the milestones that were reported.

-- A visit to a feature. What it says was reached is a milestone that names it.
CREATE TABLE report (
    id uuid NOT NULL,
    layer text NOT NULL,
    feature uuid NOT NULL,
    seen_on date NOT NULL,
    note text,
    geom geometry (POINT, 4490),
    accuracy_m numeric(8, 1),
    photographs smallint NOT NULL DEFAULT 0,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    recorded_by text NOT NULL,
    withdrawn_at timestamptz,
    CONSTRAINT report_key PRIMARY KEY (id),
    CONSTRAINT report_feature_known FOREIGN KEY (layer, feature) REFERENCES feature (layer, id),
    CONSTRAINT report_date_sane CHECK (seen_on BETWEEN '1949-10-01' AND '2199-12-31'),
    CONSTRAINT report_accuracy_positive CHECK (accuracy_m >= 0),
    CONSTRAINT report_photographs_few CHECK (photographs BETWEEN 0 AND 9)
);
CREATE INDEX report_feature ON report (layer, feature);
CREATE INDEX report_recorded ON report (recorded_at, id);
CREATE INDEX report_geom ON report USING gist (geom);

ALTER TABLE milestone
ADD COLUMN report uuid,
ADD COLUMN judged_at timestamptz,
ADD COLUMN judged_by text,
ADD COLUMN judgement text,
ADD CONSTRAINT milestone_report_known FOREIGN KEY (report) REFERENCES report (id),
ADD CONSTRAINT milestone_judged_by_someone CHECK ((judged_at IS NULL) = (judged_by IS NULL)),
ADD CONSTRAINT milestone_pending_unjudged CHECK (state <> 'pending' OR judged_at IS NULL);
CREATE INDEX milestone_pending ON milestone (source, id) WHERE state = 'pending' AND revoked_at IS NULL;
CREATE INDEX milestone_report ON milestone (report) WHERE report IS NOT NULL;

-- A photograph belongs to a report, and is kept small as well, for lists. Size in pixels, bearing in degrees from
-- north; when, where and whither are as the camera noted them.
ALTER TABLE attachment
DROP COLUMN milestone,
ADD COLUMN report uuid,
ADD COLUMN number smallint,
ADD COLUMN width integer,
ADD COLUMN height integer,
ADD COLUMN bearing numeric(4, 1),
ADD COLUMN thumbnail bytea,
ADD COLUMN recorded_at timestamptz NOT NULL DEFAULT now(),
ADD COLUMN recorded_by text NOT NULL DEFAULT current_user,
ADD CONSTRAINT attachment_report_known FOREIGN KEY (report) REFERENCES report (id),
ADD CONSTRAINT attachment_report_number UNIQUE (report, number),
ADD CONSTRAINT attachment_bearing_sane CHECK (bearing >= 0 AND bearing < 360);
ALTER TABLE attachment
ALTER COLUMN content SET STORAGE EXTERNAL,
ALTER COLUMN thumbnail SET STORAGE EXTERNAL;
