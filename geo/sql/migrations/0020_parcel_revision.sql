-- A batch in which a parcel was changed names the one it was made from, which stays as it is; there is one at a time.
ALTER TABLE parcel_batch
ADD COLUMN revises uuid,
ADD CONSTRAINT parcel_batch_revises_known FOREIGN KEY (revises) REFERENCES parcel_batch (id),
ADD CONSTRAINT parcel_batch_revises_another CHECK (revises <> id);
CREATE UNIQUE INDEX parcel_batch_revised_once ON parcel_batch (revises) WHERE withdrawn_at IS NULL;
