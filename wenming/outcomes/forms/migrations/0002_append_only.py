from django.db import migrations

from wenming.common.appendonly import guard


class Migration(migrations.Migration):
    """Filled files and their figures are facts: the database refuses to change them."""

    dependencies = [("forms", "0001_initial")]

    operations = [guard("forms_filledform"), guard("forms_filledfigure")]
