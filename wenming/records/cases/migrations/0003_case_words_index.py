"""PostgreSQL: an index of the pairs of characters that a case says (see `words`). SQLite needs none."""

from django.db import migrations

# Dear on purpose: the planner should rather read the index than work the pairs out row by row.
GRAMS = r"""
CREATE FUNCTION cases_grams(said text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS $$
DECLARE
    low text := translate(said, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz');
BEGIN
    RETURN string_to_array(
        regexp_replace(low, '(..)', '\1 ', 'g') || ' ' || regexp_replace(substr(low, 2), '(..)', '\1 ', 'g'), ' ');
END $$"""
# A short list of what is not yet sorted in: every search reads it through.
INDEX = """
CREATE INDEX cases_by_words ON cases_case
USING gin (cases_grams(number || ' ' || address || ' ' || category_name || ' ' || description))
WITH (gin_pending_list_limit = 512)"""


def build(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        # The migration before may have left checks of foreign keys waiting, which would hold the table.
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        schema_editor.execute(GRAMS, params=None)
        schema_editor.execute(INDEX, params=None)


def take_down(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX cases_by_words")
        schema_editor.execute("DROP FUNCTION cases_grams(text)")


class Migration(migrations.Migration):
    dependencies = [("cases", "0002_case_indexes_by_use")]
    operations = [migrations.RunPython(build, take_down)]
