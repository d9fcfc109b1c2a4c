from django.db import migrations

from wenming.common import appendonly


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]

    operations = [appendonly.guard("ledger_entry")]
