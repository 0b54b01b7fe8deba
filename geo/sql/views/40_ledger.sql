-- What is allocated of a transaction never exceeds it, also when two people allocate at once.

CREATE OR REPLACE FUNCTION allocation_check_sum() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    whole numeric;
    spread numeric;
BEGIN
    SELECT transaction.amount INTO whole FROM transaction WHERE transaction.id = NEW.transaction FOR UPDATE;
    SELECT sum(allocation.amount) INTO spread FROM allocation WHERE allocation.transaction = NEW.transaction;
    IF spread > whole THEN
        RAISE EXCEPTION 'transaction % has % and % are allocated', NEW.transaction, whole, spread
            USING ERRCODE = 'check_violation', CONSTRAINT = 'allocation_within_transaction', TABLE = 'allocation';
    END IF;
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER allocation_within_transaction
AFTER INSERT OR UPDATE ON allocation
FOR EACH ROW EXECUTE FUNCTION allocation_check_sum();
