"""An alias is never another term's title: a rule over two tables, so a trigger holds it.

It is deferred to the end of the transaction, so that names may move between terms, and takes a
lock, so that two transactions can't each miss the other's name.
"""

from django.db import migrations

CREATE = """
CREATE FUNCTION glossary_names_never_collide() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    name text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('glossary_names_never_collide'));
    -- The row is read again by its id: since the event it may have changed once more, or be gone.
    IF TG_TABLE_NAME = 'glossary_alias' THEN
        SELECT alias.name INTO name
          FROM glossary_alias AS alias
          JOIN glossary_term AS term ON term.title_key = alias.key AND term.id <> alias.term_id
         WHERE alias.id = NEW.id;
    ELSE
        SELECT alias.name INTO name
          FROM glossary_term AS term
          JOIN glossary_alias AS alias ON alias.key = term.title_key AND alias.term_id <> term.id
         WHERE term.id = NEW.id;
    END IF;
    IF name IS NOT NULL THEN
        RAISE EXCEPTION 'The alias "%" is the title of another term.', name
            USING ERRCODE = 'unique_violation', CONSTRAINT = 'alias_is_not_a_title';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER alias_is_not_a_title AFTER INSERT OR UPDATE OF key, term_id
    ON glossary_alias DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION glossary_names_never_collide();
CREATE CONSTRAINT TRIGGER title_is_not_an_alias AFTER INSERT OR UPDATE OF title_key
    ON glossary_term DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION glossary_names_never_collide();
"""

DROP = """
DROP TRIGGER title_is_not_an_alias ON glossary_term;
DROP TRIGGER alias_is_not_a_title ON glossary_alias;
DROP FUNCTION glossary_names_never_collide();
"""


class Migration(migrations.Migration):
    dependencies = [("glossary", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]
